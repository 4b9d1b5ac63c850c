"""What a series booked, moved and cancelled by one act means for its people."""

import datetime as dt

import pytest

from messaging.models import Message
from reminders.models import Notice, Reminder
from reminders.states import NOTICE, ReminderState
from reminders.tests.conftest import NEW_YORK, NOW, PHONE
from scheduling import operations
from scheduling.operations import Chosen, Scope
from scheduling.queries.problems import wish_of
from scheduling.queries.series import lines_of, plan_series
from scheduling.rules.recurrence import Every, Pattern, Rhythm
from scheduling.rules.wishes import Place, Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def four(regular, provider, kind, agree, desk):
    """Four Thursdays at eleven, hours overridden."""
    agree(regular, PHONE)
    first = dt.date(2026, 12, 10)
    pattern = Pattern(every=Every.WEEK, weekdays=(3,), count=4)
    rhythm = Rhythm(pattern=pattern, first=first, at=dt.time(11), zone=NEW_YORK)
    template = Wish(
        type_id=kind.pk, provider_id=provider.pk, starts_at=NOW, minutes=50, client_ids=(regular.pk,)
    )
    rows = plan_series(template, lines_of(rhythm, template), zone=NEW_YORK, now=NOW)
    chosen = [Chosen(wish=row.wish, override_reason="no hours here") for row in rows]
    return list(operations.book_series(rhythm, chosen, by=desk).appointments)


def texts(**of):
    return Reminder.objects.filter(channel="sms", **of)


def test_a_series_is_confirmed_once_and_reminded_of_every_time(four):
    first = four[0].attendances.get()

    assert [row.attendance_id for row in texts(rule__kind="initial")] == [first.pk]
    by_visit = {visit.pk: texts(attendance__appointment=visit, rule__kind="before") for visit in four}
    assert {tuple(rows.values_list("rule__name", flat=True)) for rows in by_visit.values()} == {
        ("48 hours before", "24 hours before", "2 hours before")
    }


def test_one_message_tells_of_all_that_moved(four, desk, regular):
    Reminder.objects.filter(rule__kind="initial").update(state=ReminderState.SENT)
    visit = wish_of(four[1])
    place = Place(
        **{name: getattr(visit, name) for name in Place.__dataclass_fields__ if name != "starts_at"},
        starts_at=four[1].starts_at + dt.timedelta(hours=2),
    )

    operations.change_series(
        four[1].pk, to=place, scope=Scope.FOLLOWING, by=desk, override_reason="no hours here"
    )

    [notice] = Notice.objects.filter(client=regular)
    assert len(notice.attendances) == 3
    assert Message.objects.filter(purpose=NOTICE, channel="sms").count() == 1
    assert texts(attendance__appointment=four[2], state=ReminderState.SUPERSEDED).exists()
