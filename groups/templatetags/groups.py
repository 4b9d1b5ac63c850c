"""Small words the templates of groups need."""

import uuid

from django import template

register = template.Library()


@register.simple_tag
def fresh_id() -> str:
    """The id of the act a form would be."""
    return str(uuid.uuid4())
