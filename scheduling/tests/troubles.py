"""A clinic in trouble: each function makes one problem true of a visit on day `ON` at two with the regular client.

It answers with what the wish must say besides, in the words of `Wish`. Read by the tests of every door.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from availability.tests.factories import OutsideBusyFactory, TravelCalendarFactory
from practice.models import Practice, RoomOutage
from practice.states import ClientStatus
from practice.tests.factories import (
    AuthorizationFactory,
    KeepApartFactory,
    LocationFactory,
    ProviderFactory,
    RoomFactory,
)
from scheduling.tests.conftest import NEW_YORK
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory

ON = dt.date(2026, 12, 1)  # a week ahead of the clinic's now, so nothing else is near
Trouble = Callable[[Any], dict]


def at(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(ON, dt.time(hour, minute), NEW_YORK)


def busy(clinic, hour: int = 14, **other):
    return AppointmentFactory(type=clinic.type, starts_at=at(hour), **other)


def modality(clinic) -> dict:
    return {"modality": "phone"}


def not_offered(clinic) -> dict:
    return {"type_id": AppointmentTypeFactory(name="Intake").pk}


def outside_hours(clinic) -> dict:
    return {"starts_at": at(17, 30)}


def other_location(clinic) -> dict:
    clinic.provider.weekly_blocks.update(location=LocationFactory(name="Uptown"))
    return {"location_id": clinic.location.pk}


def no_telehealth_hours(clinic) -> dict:
    _by_video(clinic)
    clinic.provider.weekly_blocks.update(telehealth_ok=False)
    return {"modality": "telehealth"}


def _by_video(clinic) -> None:
    clinic.type.modalities = ["in_person", "telehealth"]
    clinic.type.save()


def provider_busy(clinic) -> dict:
    busy(clinic, provider=clinic.provider)
    return {}


def room_elsewhere(clinic) -> dict:
    attic = RoomFactory(location=LocationFactory(name="Uptown"), name="Attic")
    return {"location_id": clinic.location.pk, "room_id": attic.pk}


def room_small(clinic) -> dict:
    return _room(clinic, capacity=1)


def room_equipment(clinic) -> dict:
    clinic.type.room_needs = ["sand tray"]
    clinic.type.save()
    return _room(clinic)


def room_steps(clinic) -> dict:
    type(clinic.regular).objects.update(accessibility_needs="wheelchair")
    return _room(clinic, is_accessible=False)


def room_out(clinic) -> dict:
    RoomOutage.objects.create(room=clinic.room, starts_at=at(8), ends_at=at(18), reason="Painters")
    return _room(clinic)


def room_busy(clinic) -> dict:
    busy(clinic, room=clinic.room, location=clinic.location)
    return _room(clinic)


def _room(clinic, **columns) -> dict:
    type(clinic.room).objects.filter(pk=clinic.room.pk).update(**columns) if columns else None
    return {"room_id": clinic.room.pk, "location_id": clinic.location.pk}


def client_busy(clinic) -> dict:
    AttendanceFactory(appointment=busy(clinic), client=clinic.regular)
    return {}


def client_inactive(clinic) -> dict:
    type(clinic.regular).objects.update(status=ClientStatus.DISCHARGED)
    return {}


def cap(model: str, column: str) -> Trouble:
    def full(clinic) -> dict:
        busy(clinic, hour=9, provider=clinic.provider)
        row = clinic.provider if model == "provider" else clinic.type
        setattr(row, column, 1)
        row.save()
        return {}

    return full


def cap_block(clinic) -> dict:
    clinic.provider.weekly_blocks.update(max_visits=1)
    busy(clinic, hour=9, provider=clinic.provider)
    return {}


def kept_apart_provider(clinic) -> dict:
    KeepApartFactory(client=clinic.regular, provider=clinic.provider, reason="A restraining order")
    return {}


def kept_apart_together(clinic) -> dict:
    KeepApartFactory(client=clinic.regular, other_client=clinic.other, provider=None)
    return {"client_ids": (clinic.regular.pk, clinic.other.pk)}


def kept_apart_waiting(clinic) -> dict:
    KeepApartFactory(client=clinic.regular, other_client=clinic.other, provider=None)
    theirs = busy(clinic, hour=15, provider=clinic.colleague, location=clinic.location)
    AttendanceFactory(appointment=theirs, client=clinic.other)
    return {"location_id": clinic.location.pk}


def licence(clinic) -> dict:
    _by_video(clinic)
    type(clinic.regular).objects.update(region="NJ")
    type(clinic.provider).objects.update(licensed_regions=["NY"])
    return {"modality": "telehealth"}


def licence_unknown(clinic) -> dict:
    _by_video(clinic)
    return {"modality": "telehealth"}


def supervision(clinic) -> dict:
    clinic.type.requires_supervisor = True
    clinic.type.save()
    gone = ProviderFactory(is_active=False)
    type(clinic.provider).objects.filter(pk=clinic.provider.pk).update(
        supervision_required=True, supervisor=gone
    )
    return {}


def authorization_missing(clinic) -> dict:
    clinic.type.requires_authorization = True
    clinic.type.save()
    return {}


def authorization_used(clinic) -> dict:
    return _authorized(clinic, sessions=3, used_before=3)


def authorization_ended(clinic) -> dict:
    return _authorized(clinic, ends_on=ON - dt.timedelta(days=1))


def authorization_low(clinic) -> dict:
    return _authorized(clinic, sessions=2)


def _authorized(clinic, **columns) -> dict:
    AuthorizationFactory(client=clinic.regular, **columns)
    return authorization_missing(clinic)


def language(clinic) -> dict:
    type(clinic.regular).objects.update(language="es")
    type(clinic.provider).objects.update(languages=["English"])
    return {}


def interpreter(clinic) -> dict:
    type(clinic.regular).objects.update(language="vi", needs_interpreter=True)
    return {}


def outside_busy(clinic) -> dict:
    calendar = TravelCalendarFactory(provider=clinic.provider)
    OutsideBusyFactory(calendar=calendar, starts_at=at(14), ends_at=at(16))
    return {}


def past(clinic) -> dict:
    return {"starts_at": at(9) - dt.timedelta(days=7)}


TROUBLES: dict[str, Trouble] = {
    "modality": modality,
    "not_offered": not_offered,
    "outside_hours": outside_hours,
    "other_location": other_location,
    "no_telehealth_hours": no_telehealth_hours,
    "provider_busy": provider_busy,
    "room_elsewhere": room_elsewhere,
    "room_small": room_small,
    "room_equipment": room_equipment,
    "room_steps": room_steps,
    "room_out": room_out,
    "room_busy": room_busy,
    "client_busy": client_busy,
    "client_inactive": client_inactive,
    "cap_provider_day": cap("provider", "max_per_day"),
    "cap_provider_week": cap("provider", "max_per_week"),
    "cap_type_provider_day": cap("type", "max_per_day_provider"),
    "cap_type_practice_day": cap("type", "max_per_day_practice"),
    "cap_block": cap_block,
    "kept_apart_provider": kept_apart_provider,
    "kept_apart_together": kept_apart_together,
    "kept_apart_waiting": kept_apart_waiting,
    "licence": licence,
    "licence_unknown": licence_unknown,
    "supervision": supervision,
    "authorization_missing": authorization_missing,
    "authorization_used": authorization_used,
    "authorization_ended": authorization_ended,
    "authorization_low": authorization_low,
    "language": language,
    "interpreter": interpreter,
    "outside_busy": outside_busy,
    "past": past,
}


def type_archived(clinic) -> dict:
    type(clinic.type).objects.update(is_active=False)
    return {}


def room_inactive(clinic) -> dict:
    return _room(clinic, is_active=False)


def not_online(clinic) -> dict:
    return {"source": "client"}


def too_soon(clinic) -> dict:
    return _online(clinic, minimum_notice_minutes=14 * 24 * 60)


def too_far(clinic) -> dict:
    return _online(clinic, horizon_days=6)


def _online(clinic, **columns) -> dict:
    type(clinic.type).objects.update(online_booking=True)
    Practice.objects.update(**columns)
    return {"source": "client"}


# What the form itself does not offer, or the desk never meets: the rules still say it, at every other door.
ELSEWHERE: dict[str, Trouble] = {
    "type_archived": type_archived,
    "room_inactive": room_inactive,
    "not_online": not_online,
    "too_soon": too_soon,
    "too_far": too_far,
}
