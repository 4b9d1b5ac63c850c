"""`{% load panels %}{% panels "scheduling.visit.messages" visit.public_id %}`."""

import uuid

from django import template
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from core.panels import fillings

register = template.Library()


@register.simple_tag
def panels(place: str, subject: uuid.UUID) -> SafeString:
    """One placeholder each, asked for by htmx; a plain link until it arrives. `panels:refresh` asks again."""
    return format_html_join(
        "",
        '<section class="section" id="{}" hx-get="{}" hx-trigger="load, panels:refresh from:body"'
        ' hx-swap="innerHTML" hx-target="this"><a href="{}">{}</a></section>',
        (
            (f.key, url, url, f.label)
            for f in fillings(place)
            for url in [reverse(f.url_name, args=[subject])]
        ),
    )
