import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.refusals import Refusal
from groups import operations
from groups.models import Meeting
from groups.queries.history import make_ups, matrix_of
from groups.rules.history import streak, tally
from groups.states import ExitReason
from groups.tests.factories import GroupFactory, MeetingFactory, MembershipFactory
from groups.tests.test_sessions import book
from practice.models import KeepApart
from practice.tests.factories import ClientFactory
from scheduling.models import Attendance
from scheduling.operations import undo
from scheduling.rules.marks import Mark
from scheduling.tests.conftest import NEW_YORK, NOW
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HERE, LATE, ABSENT, EXCUSED, NONE = Mark.HERE, Mark.LATE, Mark.ABSENT, Mark.EXCUSED, Mark.NONE
JANUARY = dt.datetime(2027, 1, 10, 9, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("cells", "rate", "in_a_row"),
    [
        ([], None, 0),
        ([EXCUSED, NONE, None], None, 0),
        ([HERE, LATE, EXCUSED, HERE], 1.0, 3),
        ([HERE, ABSENT, ABSENT], 1 / 3, -2),
        ([ABSENT, HERE, NONE], 0.5, 1),
    ],
)
def test_rates_leave_excused_ones_aside_and_streaks_run_over_them(cells, rate, in_a_row):
    found = tally(cells)

    assert (found.rate, found.streak) == (rate, in_a_row)
    assert found.came + found.absent + found.excused + found.open == len([c for c in cells if c])


def test_a_streak_of_nothing_is_none():
    assert streak([]) == 0


@pytest.fixture
def past(group, hall, leader):
    """Two members, four sessions gone by: Rita here, late, absent; the other left after the first."""
    MembershipFactory(group=group, client=hall.regular)
    gone = MembershipFactory(group=group, client=hall.other)
    visits = book(group, leader)
    with clock.frozen(visits[0].starts_at + dt.timedelta(minutes=5)):
        for client, mark in ((hall.regular, "here"), (hall.other, "absent")):
            person = visits[0].attendances.get(client=client)
            operations.mark_member(visits[0].meeting.pk, person.pk, mark=mark, by=leader)
        operations.exit_member(gone.pk, reason=ExitReason.NOT_ATTENDING, by=leader)
    for visit, mark in zip(visits[1:], ("late", "absent", "none"), strict=True):
        with clock.frozen(visit.starts_at + dt.timedelta(minutes=5)):
            person = visit.attendances.get(client=hall.regular)
            operations.mark_member(visit.meeting.pk, person.pk, mark=mark, by=leader)
    return group


def test_the_matrix_is_counted_from_the_marks(past):
    matrix = matrix_of(past, JANUARY)

    lines = {line.client.first_name: line for line in matrix.lines}
    assert list(lines["Rita"].cells) == [HERE, LATE, ABSENT, NONE]
    assert list(lines["Otto"].cells) == [ABSENT, None, None, None]
    assert [lines[name].is_member for name in ("Rita", "Otto")] == [True, False]
    assert list(matrix.totals) == [(1, 2), (1, 1), (0, 1), (0, 0)]
    assert matrix.everybody.percent == "50%"


def test_pages_and_file_of_the_history(past, signed_in, hall):
    browser = signed_in(hall.provider)
    with clock.frozen(JANUARY):
        shown = browser.get(reverse("groups:group-history", args=[past.public_id])).content.decode()
        answer = browser.get(reverse("groups:group-export", args=[past.public_id]))
        body = b"".join(answer.streaming_content).decode()
        member = past.memberships.get(client=hall.regular)
        own = browser.get(reverse("groups:member-history", args=[member.pk])).content.decode()

    assert shown.count('scope="row"') == 3
    assert "Rita R." in shown
    assert len(body.strip().splitlines()) == 1 + 5
    assert "came to 2, 1 of them late" in own
    assert "Otto" not in own


@pytest.mark.parametrize("many", [1, 3])
def test_the_history_asks_as_often_for_three_as_for_one(many, group, hall, signed_in):
    for n in range(many):
        visit = AppointmentFactory(
            type=group.type, provider=hall.provider, starts_at=NOW - dt.timedelta(days=n + 1)
        )
        MeetingFactory(group=group, appointment=visit)
        AttendanceFactory(appointment=visit, state="attended", arrived_at=visit.starts_at)
    browser, url = signed_in(hall.provider), reverse("groups:group-history", args=[group.public_id])
    browser.get(url)

    with CaptureQueriesContext(connection) as asked:
        browser.get(url)

    assert len(asked) <= 9, [q["sql"][:90] for q in asked]


@pytest.fixture
def sister(group, hall):
    """A session of another group of the same type, in two days, with two seats of which one is taken."""
    other = GroupFactory(name="Evening", facilitator=hall.colleague, type=group.type, capacity=2)
    visit = AppointmentFactory(
        type=group.type, provider=hall.colleague, capacity=2, starts_at=NOW + dt.timedelta(days=2)
    )
    AttendanceFactory(appointment=visit, client=ClientFactory())
    return MeetingFactory(group=other, appointment=visit)


def test_a_missed_session_is_made_up_in_a_sister_group(group, hall, desk, sister):
    member = MembershipFactory(group=group, client=hall.regular)
    assert [one.visit for one in make_ups(group, hall.regular.pk, NOW)] == [sister.appointment]

    acted = operations.make_up(member.pk, sister.pk, by=desk)

    assert Attendance.objects.filter(appointment=sister.appointment, client=hall.regular).exists()
    assert make_ups(group, hall.regular.pk, NOW) == []
    with pytest.raises(Refusal, match="already"):
        operations.make_up(member.pk, sister.pk, by=desk)
    undo(acted.change.pk, by=desk)
    assert sister.appointment.attendances.count() == 1


def test_who_is_kept_apart_from_somebody_there_is_not_told_why(group, hall, desk, sister):
    member = MembershipFactory(group=group, client=hall.regular)
    pair = sorted((hall.regular.pk, sister.appointment.attendances.get().client_id))
    KeepApart.objects.create(client_id=pair[0], other_client_id=pair[1], reason="Stalking")

    with pytest.raises(operations.CannotJoin) as refusal:
        operations.make_up(member.pk, sister.pk, by=desk)

    assert refusal.value.message == "This client cannot be placed in this group."


def test_only_a_sister_group_will_do(group, hall, desk, sister):
    member = MembershipFactory(group=group, client=hall.regular)
    own = MeetingFactory(group=group, appointment=AppointmentFactory(type=group.type))
    stranger = MeetingFactory()

    for meeting in (own, stranger):
        with pytest.raises(Refusal, match="not a sister group"):
            operations.make_up(member.pk, meeting.pk, by=desk)
    assert Meeting.objects.count() == 3


def test_making_up_by_the_button(group, hall, signed_in, front_desk, sister):
    member = MembershipFactory(group=group, client=hall.regular)
    url = reverse("groups:member-make-up", args=[member.pk, sister.appointment.public_id])

    answer = signed_in(front_desk).post(url, {"change_id": str(uuid.uuid4())})

    assert answer["Location"] == reverse("groups:member-history", args=[member.pk])
    assert sister.appointment.attendances.count() == 2
