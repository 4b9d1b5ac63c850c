"""Template tags that draw the parts in templates/components; they take named values and know no model."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    RadioSelect,
    Select,
    Textarea,
)
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

register = template.Library()

TITLES = {
    "dr",
    "dr.",
    "mr",
    "mr.",
    "mrs",
    "mrs.",
    "ms",
    "ms.",
    "mx",
    "mx.",
    "prof",
    "prof.",
    "the",
}


@cache
def _drawing(name: str) -> str:
    """The inner shapes of one vendored icon; an unknown name is a mistake in a template and says so."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise template.TemplateSyntaxError(f"not an icon name: {name!r}")
    path = Path(settings.BASE_DIR) / "static" / "vendor" / "lucide" / f"{name}.svg"
    if not path.exists():
        raise template.TemplateSyntaxError(f"no icon {name!r}: add it to ICONS in config/vendor.mjs")
    shapes = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
    if shapes is None:
        raise template.TemplateSyntaxError(f"{path.name} holds no drawing")
    return " ".join(shapes[1].split())


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """Inline one lucide icon. Decoration unless `label` gives it a name."""
    return _icon(name, css, label) if label else _decoration(name, css)


@cache
def _decoration(name: str, css: str) -> SafeString:
    """Names and classes are ours, so there are few; a page may hold hundreds."""
    return _icon(name, css, "")


def _icon(name: str, css: str, label: str) -> SafeString:
    naming = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" {} viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor"'
        ' stroke-linecap="round" stroke-linejoin="round" focusable="false">{}</svg>',
        f" {css}" if css else "",
        naming,
        SafeString(_drawing(name)),  # our own vendored file, checked against vendor.json
    )


@register.simple_tag
def brand_mark() -> SafeString:
    return mark_safe(
        '<svg class="brand__mark" aria-hidden="true" viewBox="0 0 20 20"'
        ' width="18" height="18" focusable="false">'
        '<circle cx="10" cy="10" r="8.5" fill="none" stroke="currentColor" stroke-width="1.8"/>'
        '<path d="M10 1.5a8.5 8.5 0 0 0 0 17z" fill="currentColor"/></svg>'
    )


@register.simple_tag
def initials(name: object) -> str:
    """`Dr. Maya Smith` gives `MS`; one word gives its first two letters."""
    words = [
        word for word in re.split(r"[\s._@-]+", str(name).split("@")[0]) if word.isalnum() or len(word) > 1
    ]
    words = [
        word for word in words if word.lower().strip(".") not in {title.strip(".") for title in TITLES}
    ] or words
    if not words:
        return ""
    return (words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]).upper()


@register.simple_tag
def avatar(name: object, tone: str = "", size: str = "") -> SafeString:
    """Initials in a disc. The name itself stands beside it, so the disc is decoration."""
    css = "".join(f" avatar--{word}" for word in (tone, size) if word)
    return format_html('<span class="avatar{}" aria-hidden="true">{}</span>', css, initials(name))


@register.simple_tag
def badge(text: object = "", tone: str = "", icon_name: str = "", label: str = "") -> SafeString:
    """A small mark: an icon, a count or a word. `label` is what a screen reader hears instead."""
    return _part("badge", text=text, tone=tone, icon_name=icon_name, label=label)


@register.simple_tag
def pill(text: object, tone: str = "", icon_name: str = "") -> SafeString:
    """A state in words."""
    return _part("pill", text=text, tone=tone, icon_name=icon_name)


@register.simple_tag
def meter(
    value: float,
    label: str,
    most: float = 100,
    tone: str = "",
    text: str = "",
    *,
    bare: bool = False,
) -> SafeString:
    """A share as a bar with its number beside it; drawn in SVG because inline styles are refused."""
    share = max(0.0, min(100.0, 100 * float(value) / float(most))) if most else 0.0
    shown = text or f"{share:.0f}%"
    return _part(
        "meter",
        value=value,
        most=most,
        share=f"{share:.2f}%",
        label=label,
        tone=tone,
        text=shown,
        bare=bare,
    )


@register.simple_tag(takes_context=True)
def progress(
    context: template.Context,
    done: int,
    total: int,
    label: str,
    *,
    cancel_url: str = "",
    poll_url: str = "",
) -> SafeString:
    """Long work: rows done of total, and a way to stop it. Asks `poll_url` for itself until it is done."""
    token = context.get("csrf_token", "")
    values = {
        "done": done,
        "total": total,
        "label": label,
        "cancel_url": cancel_url,
        "poll_url": poll_url,
    }
    return _part("progress", csrf_token=token, **values)


@register.simple_tag
def field(
    bound: BoundField,
    label: str = "",
    help_text: str | None = None,
    css: str = "",
    **attrs: Any,
) -> SafeString:
    """A form field: label above, help under, error beside, wired together by id.

    Extra words become attributes: `{% field form.start inputmode="numeric" hx_get=url %}`;
    help_text="" hides the form's own.
    """
    widget = bound.field.widget
    if bound.is_hidden:
        return bound.as_widget()
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple) or getattr(widget, "use_fieldset", False)
    help_text = str(bound.help_text) if help_text is None else help_text
    notes = [f"{bound.auto_id}_help"] * bool(help_text) + [f"{bound.auto_id}_error"] * bool(bound.errors)
    extra = {name.replace("_", "-"): value for name, value in attrs.items() if value not in (None, False)}
    if notes and not group:
        extra["aria-describedby"] = " ".join(notes)
    if bound.errors and not group:
        extra["aria-invalid"] = "true"
    extra["class"] = " ".join(filter(None, [widget.attrs.get("class", ""), _look(bound)]))
    return _part(
        "field",
        bound=bound,
        control=bound.as_widget(attrs=extra),
        label=label or bound.label,
        help_text=help_text,
        notes=" ".join(notes),
        is_group=group,
        is_check=isinstance(widget, CheckboxInput),
        optional=not bound.field.required and not isinstance(widget, CheckboxInput),
        css=css,
    )


@register.simple_tag
def fields(form: BaseForm) -> SafeString:
    """All fields of a form in order, hidden ones included."""
    return format_html_join("", "{}", ((field(bound),) for bound in form))


@register.simple_tag
def error_summary(form: BaseForm, title: str = "") -> SafeString:
    """What needs changing, each line a link to its field. Empty when there is nothing to say."""
    if not form or not form.errors:
        return SafeString("")
    rows = [
        (bound.id_for_label or bound.auto_id, bound.label, error) for bound in form for error in bound.errors
    ]
    whole = list(form.non_field_errors())
    return _part(
        "error_summary",
        rows=rows,
        whole=whole,
        count=len(rows) + len(whole),
        title=title,
    )


@register.simple_tag
def button(label: str, tone: str = "", icon_name: str = "", href: str = "", **attrs: Any) -> SafeString:
    """A button, or a link that looks like one. tone: primary, quiet, danger, danger-strong, link, bad-link.

    small=True, icon_only=True and css are looks; other words become attributes (`data_key="n"`).
    """
    kind = "a" if href else "button"
    if href:
        attrs["href"] = href
    else:
        attrs.setdefault("type", "submit")
    icon_only = bool(attrs.pop("icon_only", False))
    small = bool(attrs.pop("small", False))
    css = " ".join(filter(None, [attrs.pop("css", ""), "button--small" if small else ""]))
    extra = {name.replace("_", "-"): value for name, value in attrs.items() if value not in (None, False, "")}
    return _part(
        "button",
        kind=kind,
        label=label,
        tone=tone,
        icon_name=icon_name,
        extra=extra,
        icon_only=icon_only,
        css=css,
    )


@register.simple_block_tag
def panel(content: str, title: str = "", count: object = "", css: str = "", level: int = 2) -> SafeString:
    """`{% panel title="Findings" %}…{% endpanel %}`: a sheet with a heading."""
    return _part("panel", content=content, title=title, count=count, css=css, level=level)


@register.simple_block_tag
def dialog(content: str, title: str, name: str = "", size: str = "", *, opened: bool = True) -> SafeString:
    """A modal `<dialog>`: swapped into #dialog it opens; with opened=False a `data-dialog-open` button does it."""
    return _part(
        "dialog",
        content=content,
        title=title,
        name=name or slugify(title),
        size=size,
        opened=opened,
    )


@register.simple_block_tag
def empty(content: str, title: str, icon_name: str = "inbox") -> SafeString:
    """Nothing here yet: says so, and says what to do next."""
    return _part("empty_state", content=content, title=title, icon_name=icon_name)


@register.simple_block_tag
def note(content: str, tone: str = "info", title: str = "", icon_name: str = "") -> SafeString:
    """A word in place: info, ok, warn, bad. A refusal names the thing in the way and offers the remedy inside."""
    usual = {"ok": "circle-check", "warn": "triangle-alert", "bad": "octagon-alert"}
    return _part(
        "note",
        content=content,
        tone=tone,
        title=title,
        icon_name=icon_name or usual.get(tone, "info"),
    )


@register.filter
def slice_at(row: list[Any], index: int) -> Any:
    """One entry by its number, for parts that draw columns."""
    return row[index] if index < len(row) else ""


def _look(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput | CheckboxSelectMultiple | RadioSelect):
        return "choice"
    if isinstance(widget, Select):
        return "input input--select"
    return "input input--area" if isinstance(widget, Textarea) else "input"


def _part(part: str, /, **values: Any) -> SafeString:
    return render_to_string(f"components/{part}.html", values)
