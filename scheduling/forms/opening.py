"""What the booking form opens with: the place that was pointed at, then what is usual there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_date

from core.actors import Actor
from practice.models import Practice, Provider
from scheduling.forms.typed import parse_time, said_time
from scheduling.models import Appointment, AppointmentType
from scheduling.queries.filling import AUTO_ROOM, usual_location, usual_type, values_of
from scheduling.states import AppointmentState

TYPE_FIELDS = ("minutes", "buffer_before", "buffer_after", "rate", "modality")
Query = Mapping[str, Any]


def first_values(query: Query, *, by: Actor, practice: Practice, now: dt.datetime) -> dict[str, Any]:
    """Nonsense in the address is left out."""
    if held := chosen_hold(query, by):
        return held_values(held, query, practice)
    provider = chosen_provider(query, by)
    provider_id = provider.pk if provider else None
    kind = chosen_type(query) or usual_type(provider_id, now)
    location = _number(query, "location") or usual_location(provider_id)
    return type_values(kind, provider_id, query) | {
        "change_id": uuid.uuid4(),
        "type": kind,
        "provider": provider,
        "on": _day(query) or now.astimezone(practice.tz).date(),
        "at": said_again(str(query.get("at", "")), practice),
        "client": query.get("client", ""),
        "q": query.get("q", ""),
        "location": location,
        "room": _number(query, "room") or (AUTO_ROOM if location else None),
        "tell": True,
    }


def chosen_hold(query: Query, by: Actor) -> Appointment | None:
    """The hold the address names, while it stands."""
    try:
        public_id = uuid.UUID(str(query.get("hold", "")))
    except ValueError:
        return None
    standing = Appointment.objects.visible_to(by).filter(state=AppointmentState.HELD)
    return standing.select_related("type", "provider").filter(public_id=public_id).first()


def held_values(held: Appointment, query: Query, practice: Practice) -> dict[str, Any]:
    """The form as the hold keeps the time: nothing about it is to be filled in again."""
    start = held.starts_at.astimezone(practice.tz)
    return type_values(held.type, held.provider_id, {}) | {
        "change_id": uuid.uuid4(),
        "hold": held.public_id,
        "search": str(query.get("search", "")),
        "type": held.type,
        "provider": held.provider,
        "on": start.date(),
        "at": said_time(start, clock_24h=practice.clock_24h),
        "minutes": held.minutes,
        "kept_minutes": True,
        "modality": held.modality,
        "client": query.get("client", ""),
        "location": held.location_id,
        "room": held.room_id or (AUTO_ROOM if held.location_id else None),
        "tell": True,
    }


def chosen_provider(query: Query, by: Actor) -> Provider | None:
    """The one named, else the reader's own calendar."""
    reach = Provider.objects.active().visible_to(by)
    try:
        return reach.filter(public_id=uuid.UUID(str(query.get("provider", "")))).first()
    except ValueError:
        return reach.filter(pk=by.provider_id).first() if by.provider_id else None


def chosen_type(query: Query) -> AppointmentType | None:
    pk = _number(query, "type")
    return AppointmentType.objects.filter(is_active=True, pk=pk).first() if pk else None


def type_values(kind: AppointmentType | None, provider_id: int | None, query: Query) -> dict[str, Any]:
    """A type's values for the form. A length given by a drag stays, and what `touched` names (comma-separated)."""
    filled: dict[str, Any] = {}
    if kind is not None:
        values = values_of(kind, provider_id)
        filled = {name: getattr(values, name) for name in TYPE_FIELDS}
    own = [name for name in str(query.get("touched", "")).split(",") if name in TYPE_FIELDS]
    filled |= {name: query.get(name, "") for name in own}
    is_dragged = query.get("kept_minutes", "True") == "True"
    if (minutes := _number(query, "minutes")) and is_dragged:
        filled |= {"minutes": minutes, "kept_minutes": True}
    return filled


def _number(query: Query, name: str) -> int | None:
    text = str(query.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _day(query: Query) -> dt.date | None:
    try:
        return parse_date(str(query.get("on", "")))
    except ValueError:
        return None


def said_again(at: str, practice: Practice) -> str:
    """A time from an address as the practice writes it; empty for nonsense."""
    try:
        return said_time(parse_time(at), clock_24h=practice.clock_24h)
    except ValueError:
        return ""
