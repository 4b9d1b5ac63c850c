"""What the last two weeks cost: charges as the acts would have made them, the first week exported already."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from config.demo.chance import Chance
from config.demo.outcomes import Visit
from config.demo.places import Places
from core.actors import SYSTEM
from practice.models import Change, Client, Practice
from practice.operations.acting import Acting
from scheduling.models import Appointment, AppointmentType, Charge
from scheduling.operations.charging import settle
from scheduling.states import ChargeKind

DAYS, EXPORTED_AFTER = 14, 7
LEFT_OUT = 45  # every so many visits were not charged, as after a change of settings
TALK = [[16, "90832"], [38, "90834"], [53, "90837"]]


def make_charges(chance: Chance, visits: Sequence[Visit], places: Places, now: dt.datetime) -> None:
    """The same statements as completing them in bulk; nothing of it can be undone any more."""
    _prices(places)
    since = now - dt.timedelta(days=DAYS)
    over = [visit.row.pk for visit in visits if since < visit.row.starts_at < now]
    rows = Appointment.objects.filter(pk__in=over).select_related("type").order_by("pk")
    change = Change.objects.create(
        id=chance.uuid(), actor_kind="system", act="visit.complete_many", digest="0" * 64, via="command",
        at=now - dt.timedelta(hours=1), undo_until=now - dt.timedelta(hours=1),
    )  # fmt: skip
    acting = Acting(change, SYSTEM, change.at, repeat=False)
    settle(acting, [row for number, row in enumerate(rows, 1) if number % LEFT_OUT])
    _export(chance, now)


def _prices(places: Places) -> None:
    """Fees, copays, and the codes of an hour of talking by its length; one insurer forbids fees."""
    fees = {"no_show_fee": Decimal(75), "late_cancel_fee": Decimal(50), "payers_without_fees": ["Medicaid"]}
    Practice.objects.update(**fees)
    AppointmentType.objects.filter(cpt_code="90834").update(codes_by_minutes=TALK)
    dated = Client.objects.order_by("pk").values_list("pk", flat=True)
    Client.objects.filter(pk__in=[pk for pk in dated if pk % 3]).update(
        copay=Decimal(25), fee_policy_on=dt.date(2025, 9, 1)
    )
    places.practice.refresh_from_db()


def _export(chance: Chance, now: dt.datetime) -> None:
    """The older half, as one batch, but for what is missing and what nobody has decided yet."""
    at = now - dt.timedelta(days=EXPORTED_AFTER)
    batch = Change.objects.create(
        id=chance.uuid(), actor_kind="system", act="charge.export", digest="0" * 64, via="command",
        at=at, undo_until=at, result={"ids": []},
    )  # fmt: skip
    old = Charge.objects.filter(served_on__lt=at.date(), missing=[], kind=ChargeKind.SERVICE)
    old.update(exported_at=at, exported_by_change=batch, edition=2)
