"""Visits still to come: booked by every rule, with reminders planned, but nobody is written to because of it."""

from __future__ import annotations

from collections.abc import Sequence

from core.refusals import Problem, Severity
from practice.importing.copying import copy_in
from practice.importing.kinds import Importing
from practice.models import CareTeam
from practice.operations import record_many
from practice.operations.acting import Acting
from practice.operations.images import image
from practice.permissions import may
from scheduling.importing.making import PERSON, new_people, new_visit
from scheduling.importing.reading import Catalogue, Person, Visit
from scheduling.models import Appointment, Attendance
from scheduling.operations.placing import mark_overrides
from scheduling.queries.many import Asked, Book, Ledger
from scheduling.rules.problems import problems
from scheduling.rules.wishes import Wish
from scheduling.signals import appointments_booked
from scheduling.states import PENDING, UNCOUNTED, AppointmentState, Notice

IS_A_COLUMN = ("type", "modality", "provider", "starts_at", "location", "room", "client")


def write_ahead(
    visits: Sequence[Visit], importing: Importing, book: Catalogue
) -> list[tuple[Person, Attendance]]:
    drafts = [(visit, new_visit(visit, importing, book)) for visit in visits]
    accepted, permits = _accepted(drafts, importing, book)
    rows = [row for _, row in accepted]
    # The two exclusion constraints speak here, should the rules have overlooked something.
    copy_in(rows)
    people = new_people(accepted, importing)
    for _, attendance in people:
        kept = permits.get(id(attendance.appointment), {}) if attendance.state in PENDING else {}
        attendance.authorization_id = kept.get(attendance.client_id)
    copy_in([attendance for _, attendance in people])
    _join_teams([attendance for _, attendance in people])
    record_many(
        "visit.imported",
        ((row, None, image(row).columns) for row in rows),
        by=importing.by,
        at=importing.now,
        change=importing.change,
    )
    _tell([row for row in rows if row.state != AppointmentState.CANCELLED], importing)
    importing.report.added += sum(len(visit.rows) for visit, _ in accepted)
    return people


def _accepted(
    drafts: Sequence[tuple[Visit, Appointment]], importing: Importing, book: Catalogue
) -> tuple[list[tuple[Visit, Appointment]], dict[int, dict[int, int]]]:
    """In the order of the file, so that of two that clash the first stands. A cancelled one takes no time.

    Also what each keeps of authorizations: by the row in memory, {client: authorization}.
    """
    standing = [(visit, row) for visit, row in drafts if row.state != AppointmentState.CANCELLED]
    ledger = Ledger([asked(visit, row) for visit, row in standing], book_of(book), now=importing.now)
    refused: set[int] = set()
    for place, (visit, row) in enumerate(standing):
        if _may_stand(visit, row, problems(ledger.facts(place)), importing):
            ledger.took(place)
        else:
            refused.add(id(row))
    accepted = [(visit, row) for visit, row in drafts if id(row) not in refused]
    return accepted, {id(standing[place][1]): kept for place, kept in ledger.permits_of.items()}


def asked(visit: Visit, row: Appointment) -> Asked:
    """As a form would ask for it; only a location the file names counts against other hours."""
    coming = (person for person in visit.people if PERSON[person.word] not in UNCOUNTED)
    wish = Wish(
        type_id=row.type_id,
        provider_id=row.provider_id,
        co_provider_id=row.co_provider_id,
        starts_at=row.starts_at,
        minutes=row.minutes,
        room_id=row.room_id,
        location_id=row.location_id if visit.values.get("location") else None,
        modality=row.modality,
        client_ids=tuple(person.client_id for person in coming),
        buffer_before_minutes=row.buffer_before_minutes,
        buffer_after_minutes=row.buffer_after_minutes,
    )
    return Asked(wish=wish, cleaning_minutes=row.cleaning_minutes)


def book_of(book: Catalogue) -> Book:
    return Book(
        practice=book.practice,
        types=book.types.by_id,
        providers=book.providers.rows,
        rooms=book.places.rooms,
        offered=book.offers.keys(),
    )


def _may_stand(visit: Visit, row: Appointment, found: list[Problem], importing: Importing) -> bool:
    """Says every problem that keeps it out; with a reason, those that allow it are gone past and marked."""
    against = [problem for problem in found if problem.severity != Severity.WARNING]
    overridable = all(problem.severity == Severity.NEEDS_OVERRIDE for problem in against)
    reason = visit.reason if may(importing.by, "visit.override") else ""
    if against and not (overridable and reason):
        for problem in against:
            column = problem.field if problem.field in IS_A_COLUMN else ""
            importing.refuse(visit.rows[0], column, f"{problem.message} {problem.remedy}")
        for other in visit.rows[1:]:
            importing.refuse(other, "visit", f"Line {visit.rows[0].line} of this visit cannot be taken.")
        return False
    mark_overrides(acting_of(importing), row, against, reason)
    return True


def acting_of(importing: Importing) -> Acting:
    return Acting(importing.change, importing.by, importing.now, repeat=False)


def _join_teams(people: Sequence[Attendance]) -> None:
    pairs = {
        (provider_id, person.client_id)
        for person in people
        if person.state not in UNCOUNTED
        for provider_id in person.appointment.people
    }
    CareTeam.objects.bulk_create(
        [CareTeam(provider_id=provider_id, client_id=client_id) for provider_id, client_id in sorted(pairs)],
        ignore_conflicts=True,
    )


def _tell(rows: list[Appointment], importing: Importing) -> None:
    """Reminders are planned, the first confirmation is not: the clients have known of these visits for long.

    Nothing is planned on a trial. It could refuse nothing, and the days it raises would make the desk wait.
    """
    if rows and not importing.is_trial:
        appointments_booked.send(
            Appointment, appointments=rows, notice=Notice.NONE, change=importing.change, now=importing.now
        )
