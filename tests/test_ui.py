"""The parts say to a screen reader what they show to the eye, and never let a value become markup."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import get_template


class Booking(forms.Form):
    client = forms.CharField(help_text="Name or number.")
    place = forms.ChoiceField(choices=[("r", "Room 2")], widget=forms.RadioSelect)
    note = forms.CharField(required=False)


def draw(source: str, **values: object) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Dr. Maya Smith", "MS"),
        ("Tom Becker", "TB"),
        ("Front Desk", "FD"),
        ("Cher", "CH"),
        ("The Okafor family", "OF"),
        ("maya.smith@example.org", "MS"),
        ("Åsa Öberg", "ÅÖ"),
        ("", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert draw("{% initials name %}", name=name) == letters


def test_an_icon_is_decoration_unless_named() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "check" %}')
    named = draw('{% icon "check" label=words %}', words="<done>")
    assert 'role="img" aria-label="&lt;done&gt;"' in named
    assert "aria-hidden" not in named


@pytest.mark.parametrize("name", ["no-such-icon", "../../etc/passwd"])
def test_an_unknown_icon_is_a_mistake(name: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        draw("{% icon name %}", name=name)


def test_a_field_is_wired_to_its_help_and_its_error() -> None:
    html = draw("{% field form.client %}", form=Booking({}))
    assert 'aria-describedby="id_client_help id_client_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_client_error"' in html
    assert '<label class="field__label" for="id_client">' in html


def test_a_group_of_choices_is_a_fieldset_with_its_error() -> None:
    html = draw("{% field form.place %}", form=Booking({}))
    assert '<fieldset class="field field--bad" id="id_place" aria-describedby="id_place_error"' in html


def test_what_may_stay_empty_says_so() -> None:
    assert "optional" in draw("{% field form.note %}", form=Booking())
    assert "optional" not in draw("{% field form.client %}", form=Booking())


def test_the_summary_links_to_each_field() -> None:
    html = draw("{% error_summary form %}", form=Booking({}))
    assert 'href="#id_client"' in html
    assert 'href="#id_place"' in html
    assert "2 things need changing" in html
    assert draw("{% error_summary form %}", form=Booking()) == ""


def test_a_meter_stays_within_its_track() -> None:
    assert 'width="100.00%"' in draw('{% meter 130 "Load" %}')
    assert 'width="0.00%"' in draw('{% meter 3 "Load" most=0 %}')


def test_values_are_escaped_everywhere() -> None:
    bad = "<script>x</script>"
    for source in (
        "{% badge bad %}",
        "{% pill bad %}",
        "{% button bad href=bad %}",
        "{% panel title=bad %}{{ bad }}{% endpanel %}",
        "{% dialog title=bad %}{{ bad }}{% enddialog %}",
        "{% note title=bad %}{{ bad }}{% endnote %}",
        '{% meter 3 bad %}{% include "components/toast.html" with text=bad detail=bad %}',
    ):
        html = draw(source, bad=bad)
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


def test_no_part_carries_inline_style_or_script() -> None:
    html = draw('{% meter 3 "Load" %}{% progress 1 2 "Work" %}{% dialog title="A" %}b{% enddialog %}')
    assert "style=" not in html
    assert "onclick" not in html


HOUSE_PAGES = sorted(
    path.relative_to(settings.BASE_DIR / "templates").as_posix()
    for folder in ("", "account", "mfa", "allauth", "components", "design")
    for path in (settings.BASE_DIR / "templates" / folder).glob("**/*.html" if folder else "*.html")
)


@pytest.mark.parametrize("name", HOUSE_PAGES)
def test_every_house_page_compiles_and_keeps_the_policy(name: str) -> None:
    template = get_template(name)
    source = Path(template.template.origin.name).read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|<script(?![^>]*\ssrc=)", source)


@pytest.mark.parametrize("name", ["400.html", "404.html", "500.html"])
def test_error_pages_need_nothing_but_themselves(name: str) -> None:
    """Django draws the 500 page without a request, when little else can be trusted."""
    html = get_template(name).render()
    assert "<h1>" in html
    assert 'href="/"' in html
