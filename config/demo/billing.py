"""What the last three months cost: charges as the acts would have made them, all but the last week's settled."""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from decimal import Decimal

from config.demo.chance import Chance
from config.demo.outcomes import Visit
from config.demo.places import Places
from core.actors import SYSTEM
from practice.models import Change, Client, Practice, User
from practice.operations.acting import Acting
from practice.states import Role
from scheduling.models import Appointment, AppointmentType, Attendance, Charge
from scheduling.operations.charging import settle
from scheduling.operations.charging.making import Maker
from scheduling.queries.charges import UNCHARGED_DAYS
from scheduling.rules.charges import forbids
from scheduling.states import FEES, Against, AppointmentState, BillingMode, ChargeKind, Decision

OPEN_DAYS = 7  # what is younger still waits for the biller
TOLD_DAYS = 14  # older ones stand without the lines of history
LEFT_OUT = 60  # every so many visits were not charged, as after a change of settings
TALK = [[16, "90832"], [38, "90834"], [53, "90837"]]


def make_charges(chance: Chance, visits: Sequence[Visit], places: Places, now: dt.datetime) -> None:
    """The same statements as completing them in bulk; nothing of it can be undone any more."""
    _prices(places)
    since = now - dt.timedelta(days=UNCHARGED_DAYS + 2)
    over = [visit.row.pk for visit in visits if since < visit.row.starts_at < now]
    rows = Appointment.objects.filter(pk__in=over).select_related("type").order_by("pk")
    change = _change(chance, "visit.complete_many", now - dt.timedelta(hours=1))
    acting = Acting(change, SYSTEM, change.at, repeat=False)
    charged = [row for number, row in enumerate(rows, 1) if number % LEFT_OUT]
    told_from = now - dt.timedelta(days=TOLD_DAYS)
    settle(acting, [row for row in charged if row.starts_at >= told_from])
    _charge_silently(acting, [row for row in charged if row.starts_at < told_from])
    _decide(now - dt.timedelta(days=OPEN_DAYS))
    _export(chance, now)


def _charge_silently(acting: Acting, rows: Sequence[Appointment]) -> None:
    """Services that long ago: as settled, but without lines of history, which the rest of those visits lacks too."""
    done = [row for row in rows if row.state == AppointmentState.COMPLETED and row.type.is_billable]
    people: dict[int, list[Attendance]] = {}
    for person in Attendance.objects.filter(appointment__in=done, state="attended").select_related("client"):
        people.setdefault(person.appointment_id, []).append(person)
    keys = [(pk, whom, ChargeKind.SERVICE) for row in done for pk, whom in _whom(row, people.get(row.pk, []))]
    Charge.objects.bulk_create(Maker(acting, done, people).charges(keys), batch_size=500)


def _whom(row: Appointment, people: Sequence[Attendance]) -> list[tuple[int, int | None]]:
    if row.billing_mode == BillingMode.PER_MEETING:
        return [(row.pk, None)] if people else []
    return [(row.pk, person.pk) for person in people]


def _change(chance: Chance, act: str, at: dt.datetime) -> Change:
    return Change.objects.create(
        id=chance.uuid(), actor_kind="system", act=act, digest="0" * 64, via="command", at=at, undo_until=at,
        result={"ids": []},
    )  # fmt: skip


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


def _decide(until: dt.datetime) -> None:
    """The biller went through the older fees: asked for where nothing speaks against it, else let off."""
    biller = User.objects.filter(roles__contains=[Role.BILLING]).first()
    fees = Charge.objects.filter(kind__in=FEES, served_on__lt=until.date())
    for words, ids in _by_reason(fees):
        decision = Decision.WAIVED if words else Decision.APPROVED
        reason = ", ".join(Against(word).label for word in words).capitalize()
        decided = {"decision": decision, "reason": reason, "decided_at": until, "decided_by": biller}
        Charge.objects.filter(pk__in=ids).update(**decided, edition=2)


def _by_reason(fees: Iterable[Charge]) -> list[tuple[list[str], list[int]]]:
    """Clients who were never asked before are let off only where something forbids it anyway, or every second time."""
    rows = sorted((_reasons(n, row.against), row.pk) for n, row in enumerate(fees))
    groups = itertools.groupby(rows, key=lambda row: row[0])
    return [(words, [pk for _, pk in group]) for words, group in groups]


def _reasons(number: int, against: list[str]) -> list[str]:
    return list(against) if forbids(against) or number % 2 else []


def _export(chance: Chance, now: dt.datetime) -> None:
    """A batch for each week but the last, of all that lacked nothing."""
    last = (now - dt.timedelta(days=OPEN_DAYS)).date()
    for weeks in range((UNCHARGED_DAYS + 2) // 7, -1, -1):
        at = now - dt.timedelta(days=OPEN_DAYS * weeks)
        batch = _change(chance, "charge.export", at)
        old = Charge.objects.filter(served_on__lt=min(at.date(), last), exported_at=None, missing=[])
        ready = old.filter(kind=ChargeKind.SERVICE) | old.filter(decision=Decision.APPROVED)
        ready.update(exported_at=at, exported_by_change=batch, edition=2)
