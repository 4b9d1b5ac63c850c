"""Small words the templates of groups need."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from groups.rules.history import LETTERS
from practice.queries import the_practice
from scheduling.forms.typed import said_time
from scheduling.rules.marks import Mark

register = template.Library()


@register.simple_tag
def fresh_id() -> str:
    """The id of the act a form would be."""
    return str(uuid.uuid4())


def _cell(mark: Mark | None) -> SafeString:
    kind = f" groups__cell--{mark.value}" if mark else ""
    sign, word = LETTERS[mark]
    inside = '<span aria-hidden="true">{}</span><span class="visually-hidden">{}</span>'
    return format_html('<td class="groups__cell{}">' + inside + "</td>", kind, sign, word)


CELLS = {mark: _cell(mark) for mark in LETTERS}


@register.simple_tag
def mark_cells(cells: Iterable[Mark | None]) -> SafeString:
    """A row of the matrix. Sixty sessions of twenty members are 1,200 cells, too many for a loop of a template."""
    return SafeString("".join(CELLS[cell] for cell in cells))


@register.simple_tag(takes_context=True)
def wall_time(context: template.Context, moment: dt.datetime | None) -> str:
    """The practice's clock, as the time field takes it; the page gives `tz` and `clock_24h`."""
    if moment is None:
        return ""
    tz = context.get("tz") or the_practice().tz
    return said_time(moment.astimezone(tz), clock_24h=bool(context.get("clock_24h")))
