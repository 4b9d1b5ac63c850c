"""Appointment types: kept by admins, archived once used, deleted only if never used."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from decimal import Decimal

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.refusals import Refusal, StaleEdit
from practice.models import Change
from practice.operations import record
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from scheduling.models import Appointment, AppointmentType, TypeOffer
from scheduling.states import Category

NAME_ONCE = "scheduling_type_name_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFacts:
    """What the form says of a type; the names are those of the columns. provider_ids: who offers it."""

    name: str
    category: str = Category.INDIVIDUAL
    description: str = ""
    duration_minutes: int = 50
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 15
    is_billable: bool = True
    requires_authorization: bool = False
    requires_supervisor: bool = False
    max_per_day_provider: int | None = None
    max_per_day_practice: int | None = None
    cpt_code: str = ""
    codes_by_minutes: tuple[tuple[int, str], ...] = ()  # (least minutes, code), ascending
    modifiers: tuple[str, ...] = ()
    rate: Decimal | None = None
    hue: str = "teal"
    icon: str = "user-round"
    modalities: tuple[str, ...] = ("in_person",)
    room_needs: tuple[str, ...] = ()
    is_interchangeable: bool = False
    online_booking: bool = False
    provider_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """`type` is None once it is deleted."""

    change: Change
    type: AppointmentType | None
    repeated: bool = False


@operation("type.save", "appointmenttype")
def save_type(
    type_id: int | None,
    facts: TypeFacts,
    *,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Saved:
    """A new type, or with `type_id` that one as the form says; visits already booked keep what they have.

    Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal for a name that is taken.
    """
    acting = begin("type.save", change_id, by, {"type": type_id, "edition": edition, **asdict(facts)})
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "type.change"))
    row = AppointmentType() if type_id is None else _locked(type_id, edition)
    before = image(row) if type_id else None
    for name in _columns():
        setattr(row, name, _stored(getattr(facts, name)))
    row.edition += 1 if before else 0
    with _name_speaks(facts.name):
        row.save()
    if before is None:
        acting.created("type.added", row)
    else:
        acting.noted("type.changed", row, before)
    _offer(acting, row, set(facts.provider_ids))
    return _done(acting, row)


@operation("type.archive", "appointmenttype")
def archive_type(
    type_id: int,
    *,
    active: bool = False,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Saved:
    """Offer it no longer, or with `active` again. Visits already booked stand. Raises as `save_type`."""
    acting = begin("type.archive", change_id, by, {"type": type_id, "active": active, "edition": edition})
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "type.change"))
    row = _locked(type_id, edition)
    before = image(row)
    row.is_active, row.edition = active, row.edition + 1
    acting.saved("type.restored" if active else "type.archived", row, before)
    return _done(acting, row)


@operation("type.delete", "appointmenttype")
def delete_type_if_unused(
    type_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Saved:
    """Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal once any visit has this type.

    The row lock keeps a booking from coming in between: its foreign key would wait here.
    """
    acting = begin("type.delete", change_id, by, {"type": type_id, "edition": edition})
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "type.change"))
    row = _locked(type_id, edition)
    if Appointment.objects.filter(type=row).exists():
        raise Refusal(f"{row.name} has visits, so it cannot be deleted.", remedy="Archive it instead.")
    acting.removed("type.deleted", row)
    return _done(acting, None)


def _columns() -> list[str]:
    return [f.name for f in fields(TypeFacts) if f.name != "provider_ids"]


def _stored(value: object) -> object:
    """As it would come back from the table."""
    return [_stored(one) for one in value] if isinstance(value, tuple) else value


def _locked(type_id: int, edition: int | None) -> AppointmentType:
    row = AppointmentType.objects.select_for_update().filter(pk=type_id).first()
    if row is None:
        raise Refusal("This type no longer exists.", remedy="Look at the list again.")
    if edition is not None and row.edition != edition:
        raise StaleEdit(
            "Somebody changed this type since you opened it.",
            remedy="Look at what it says now, then try again.",
        )
    return row


@contextmanager
def _name_speaks(name: str) -> Iterator[None]:
    """The database's refusal of a second name, translated outside the block it broke."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if NAME_ONCE not in str(error):
            raise
        raise Refusal(
            f"There is already a type called {name}.", field="name", remedy="Choose another name."
        ) from None


def _offer(acting: Acting, row: AppointmentType, wanted: set[int]) -> None:
    """A provider who keeps offering it keeps an own length or rate."""
    offering = set(row.offers.values_list("provider_id", flat=True))
    if offering == wanted:
        return
    row.offers.exclude(provider__in=wanted).delete()
    TypeOffer.objects.bulk_create(TypeOffer(type=row, provider_id=pk) for pk in sorted(wanted - offering))
    was, now = ({"providers": sorted(ids)} for ids in (offering, wanted))
    record("type.offered", row, by=acting.by, at=acting.now, change=acting.change, before=was, after=now)


def _done(acting: Acting, row: AppointmentType | None) -> Saved:
    acting.close({"type": row.pk if row else None})
    return Saved(acting.change, row)


def _done_before(acting: Acting) -> Saved:
    row = AppointmentType.objects.filter(pk=acting.change.result["type"]).first()
    return Saved(acting.change, row, repeated=True)
