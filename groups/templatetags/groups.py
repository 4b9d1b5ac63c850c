"""Small words the templates of groups need."""

import datetime as dt
import uuid

from django import template

from practice.queries import the_practice
from scheduling.forms.typed import said_time

register = template.Library()


@register.simple_tag
def fresh_id() -> str:
    """The id of the act a form would be."""
    return str(uuid.uuid4())


@register.simple_tag(takes_context=True)
def wall_time(context: template.Context, moment: dt.datetime | None) -> str:
    """The practice's clock, as the time field takes it; the page gives `tz` and `clock_24h`."""
    if moment is None:
        return ""
    tz = context.get("tz") or the_practice().tz
    return said_time(moment.astimezone(tz), clock_24h=bool(context.get("clock_24h")))
