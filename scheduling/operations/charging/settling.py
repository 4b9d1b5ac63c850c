"""Charges follow the facts: what an act made due is written, what it took the ground from is reversed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models.functions import Coalesce

from practice.operations.acting import Acting
from practice.queries import the_practice
from scheduling.models import Appointment, Attendance, Charge
from scheduling.operations.charging.making import Maker, record_made
from scheduling.operations.charging.reversing import reverse
from scheduling.rules.charges import Comes, Due, Fees, Meeting, due
from scheduling.rules.money import cents

BATCH = 500


def settle(
    acting: Acting, visits: Sequence[Appointment], *, attendance_ids: Collection[int] | None = None
) -> None:
    """Make what stands equal to what is due, after the rows of an act were written and while they are locked.

    attendance_ids: whose facts the act changed, None for everybody; of others nothing is looked at again, so a charge
    made under former settings stays. Sets of any size take the same number of statements.
    """
    billable = [visit for visit in visits if visit.type.is_billable]
    if not billable:
        return
    people = _people(billable)
    standing = _standing(billable, attendance_ids)
    wanted = _wanted(billable, people, attendance_ids)
    gone = [charge for key, charge in standing.items() if key not in wanted]
    new = sorted((key for key in wanted if key not in standing), key=lambda key: (key[0], key[1] or 0))
    if gone:
        reverse(acting, gone)
    if new:
        made = Maker(acting, billable, people).charges(new)
        Charge.objects.bulk_create(made, batch_size=BATCH)
        record_made(acting, made)


Key = tuple[int, int | None, str]  # visit, person or None, kind


def _people(visits: Sequence[Appointment]) -> dict[int, list[Attendance]]:
    """As they stand in the table now."""
    rows = Attendance.objects.filter(appointment__in=[v.pk for v in visits]).order_by("pk")
    found: dict[int, list[Attendance]] = defaultdict(list)
    for person in rows.select_related("client"):
        found[person.appointment_id].append(person)
    return found


def _standing(visits: Iterable[Appointment], only: Collection[int] | None) -> dict[Key, Charge]:
    """The charges of these people and of their meetings, locked."""
    rows = Charge.objects.standing().of_visits(visit.pk for visit in visits)
    placed = rows.annotate(visit_id=Coalesce("appointment_id", "attendance__appointment_id")).order_by("pk")
    return {
        (row.visit_id, row.attendance_id, row.kind): row
        for row in placed.select_for_update(no_key=True, of=("self",))
        if only is None or row.attendance_id is None or row.attendance_id in only
    }


def _wanted(
    visits: Iterable[Appointment], people: dict[int, list[Attendance]], only: Collection[int] | None
) -> set[Key]:
    practice = the_practice()
    fees = Fees(
        no_show_cents=cents(practice.no_show_fee) or 0,
        late_cancel_cents=cents(practice.late_cancel_fee) or 0,
        absent=practice.absent_members,
    )
    return {
        (visit.pk, *one)
        for visit in visits
        for one in due(meeting_of(visit, people.get(visit.pk, [])), fees)
        if _is_touched(one, only)
    }


def _is_touched(one: Due, only: Collection[int] | None) -> bool:
    return only is None or one[0] is None or one[0] in only


def meeting_of(visit: Appointment, people: Iterable[Attendance]) -> Meeting:
    return Meeting(
        state=visit.state,
        category=visit.type.category,
        mode=visit.billing_mode,
        is_billable=visit.type.is_billable,
        people=tuple(Comes(id=p.pk, state=p.state, is_late=p.late_cancelled) for p in people),
    )
