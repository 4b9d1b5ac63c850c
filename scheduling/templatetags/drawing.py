"""The columns of a day, drawn by plain string building.

Everything else is a template. This is not: twenty columns hold a hundred tiles with thirty values each, which the
template engine needs a tenth of a second for and an f-string five milliseconds (docs/decisions/0006). What comes from
people is escaped by `_` and nothing else goes in unescaped but our own class names and numbers.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from core.templatetags.ui import avatar, icon
from scheduling.queries.columns import ClosedPart, Column, Placed
from scheduling.queries.days import DaySheet
from scheduling.queries.tiles import Badge, Tile
from scheduling.states import Status

register = template.Library()
_ = escape
NOBODY = uuid.UUID(int=0)


@register.simple_tag
def columns(day: DaySheet) -> SafeString:
    """All columns, side by side; what a script may rely on stands in templates/scheduling/calendar.html."""
    visit_url = reverse("scheduling:visit", args=[NOBODY])
    drawn = (_column(column, day, visit_url) for column in day.columns)
    return SafeString("".join(drawn))  # every value in it is escaped where it goes in


def _column(column: Column, day: DaySheet, visit_url: str) -> str:
    provider = column.provider
    key, name = provider.public_id, _(provider.name)
    gone = "" if provider.is_active else "no longer here"
    credentials = _(" · ".join(part for part in (provider.credentials, gone) if part))
    location = "" if column.location is None else column.location
    closed = "".join(map(_closed, column.closed)) + "".join(map(_outside, column.outside))
    margins = "".join(f'<span class="buffer {one.box.css}"></span>' for one in column.margins)
    tiles = "".join(_tile(one, day.shown.visit, visit_url) for one in column.tiles)
    return (
        f'<section class="column" id="column-{key}" data-column data-provider="{key}" data-provider-name="{name}" '
        f'data-location="{location}" aria-labelledby="head-{key}"><header class="column__head">{avatar(provider.name)}'
        f'<div class="column__who"><h2 class="column__name" id="head-{key}">{name}</h2>'
        f'<span class="column__cred">{credentials}</span></div><span class="visually-hidden">, {column.count} '
        f"visit{'' if column.count == 1 else 's'}</span></header>"
        f'<div class="column__sheet"><span class="filler {day.whole.css}"></span>{closed}{margins}{tiles}</div>'
        "</section>"
    )


def _closed(part: ClosedPart) -> str:
    return f'<div class="closed {part.box.css}">{_(part.reason)}</div>'


def _outside(part: ClosedPart) -> str:
    return f'<div class="closed closed--outside {part.box.css}">{_(part.reason)}</div>'


def _tile(placed: Placed, chosen: uuid.UUID | None, visit_url: str) -> str:
    tile = placed.tile
    visit, key, name = tile.visit, tile.key, _(tile.name)
    css = f"tile tile--{tile.look} hue-{visit.type.hue} {placed.box.css}"
    css += f" {tile.size}" * bool(tile.size) + " tile--dim" * tile.is_dim
    mark = "data-twin" if placed.is_twin else f'id="visit-{key}"'
    current = ' aria-current="true"' if key == chosen else ""
    picture = icon("circle-dashed" if tile.status == Status.HELD else visit.type.icon, "tile__icon")
    return (
        f'<a class="{css}" {mark} href="{visit_url.replace(str(NOBODY), str(key))}" data-visit="{key}" '
        f'data-edition="{visit.edition}" data-start="{tile.span[0]}" data-minutes="{tile.minutes}" '
        f'data-movable="{"true" if tile.is_movable else "false"}" data-name="{name}"{current} draggable="false">'
        f'<span class="tile__name">{picture}<span class="tile__who">{name}</span></span>'
        f'<span class="tile__what">{_what(tile)}</span>{_marks(tile)}'
        f'<span class="visually-hidden">. {_(tile.spoken)}.</span></a>'
    )


def _what(tile: Tile) -> str:
    half = f'<span class="visually-hidden"> {tile.half}</span>' if tile.half else ""
    kind = f" · {_(tile.kind)}" if tile.kind else ""
    place = f'<span class="tile__place"> · {_(tile.place)}</span>' if tile.place else ""
    return f"{tile.time}{half}{kind}{place}"


def _marks(tile: Tile) -> str:
    if not (tile.word or tile.badges):
        return ""
    tone = f" tile__word--{tile.tone}" if tile.tone else ""
    word = f'<span class="tile__word{tone}">{_(tile.word)}</span>' if tile.word else ""
    more = f'<span class="badge">+{tile.more}</span>' if tile.more else ""
    return f'<span class="tile__marks">{word}{_badges(tile.badges)}{more}</span>'


def _badges(badges: Iterable[Badge]) -> str:
    return "".join(
        f'<span class="badge{f" badge--{one.tone}" if one.tone else ""}" title="{_(one.label)}">'
        f"{icon(one.icon) if one.icon else ''}{_(one.text)}</span>"
        for one in badges
    )
