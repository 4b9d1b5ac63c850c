import datetime as dt
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from availability.models import TimeOff
from availability.operations import (
    add_exception,
    ask_time_off,
    deny_time_off,
    edit_time_off,
    grant_time_off,
    locked_time_off,
    remove_exception,
    set_week,
    take_back,
    withdraw_time_off,
)
from availability.operations.added import telling_added
from availability.permissions import may_decide_time_off
from availability.queries import day_hours, open_spans
from availability.rules.days import ClosedSpan
from availability.rules.wishes import TimeOffWish, WeekBlock
from availability.signals import hours_added
from availability.states import TimeOffState
from availability.tests.factories import TimeOffFactory, WeeklyBlockFactory
from core import clock
from core.refusals import AlreadyUsed, NotAllowed, Refusal, StaleEdit
from core.walltime import wall_minutes
from messaging.models import StaffTask
from practice.models import AuditEntry
from practice.operations.acting import begin

NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 11, 24, 10, tzinfo=NEW_YORK)  # a Tuesday
MONDAY = dt.date(2026, 11, 30)
DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def now():
    with clock.frozen(NOW):
        yield NOW


def moment(on: dt.date, hour: int = 0) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(hour), NEW_YORK)


def wish(first: dt.date = MONDAY, days: int = 1, **more) -> TimeOffWish:
    span = {"starts_at": moment(first), "ends_at": moment(first + days * DAY)}
    return TimeOffWish(**{"kind": "vacation", **span, **more})


def grant(row: TimeOff, by) -> TimeOff:
    with transaction.atomic():
        acting = begin("time_off.approve", None, by, {"row": row.pk})
        fresh = locked_time_off(row.pk)
        acting.close(grant_time_off(acting, fresh))
    return fresh


def withdraw(row: TimeOff, by) -> TimeOff:
    with transaction.atomic():
        acting = begin("time_off.withdraw", None, by, {"row": row.pk})
        fresh = locked_time_off(row.pk)
        acting.close(withdraw_time_off(acting, fresh))
    return fresh


@pytest.fixture
def added():
    """What `hours_added` said, without change and now."""
    heard = []

    def hear(sender, provider_id, spans, why, **_):
        heard.append((provider_id, spans, why))

    hours_added.connect(hear)
    yield heard
    hours_added.disconnect(hear)


class TestAsking:
    def test_a_provider_asks_and_the_hours_stay_open_until_granted(
        self, provider, actor, django_assert_num_queries
    ):
        WeeklyBlockFactory(provider=provider)

        acted = ask_time_off(provider.pk, wish(note="Lake"), by=actor(provider))

        row = TimeOff.objects.get()
        assert (acted.row, row.state, row.note, row.asked_by) == (row, "pending", "Lake", provider.user)
        assert open_spans([provider.pk], MONDAY, MONDAY) == {
            provider.pk: [
                (wall_minutes(MONDAY, dt.time(9), NEW_YORK), wall_minutes(MONDAY, dt.time(17), NEW_YORK))
            ]
        }
        line = AuditEntry.objects.get(act="time_off.asked")
        assert "note" not in line.after
        assert "Lake" not in str(line.after)

    def test_who_reports_their_own_illness_of_today_calls_the_desk(self, provider, front_desk, actor, now):
        ill = wish(kind="sick", starts_at=now, ends_at=now + DAY / 2)

        ask_time_off(provider.pk, ill, by=actor(provider))

        assert StaffTask.objects.get().kind == "time_off"

    def test_what_the_desk_reports_it_settles_itself(self, provider, front_desk, actor, now):
        ask_time_off(
            provider.pk, wish(kind="sick", starts_at=now, ends_at=now + DAY / 2), by=actor(front_desk)
        )

        assert not StaffTask.objects.exists()

    def test_pressing_twice_asks_once(self, provider, actor):
        press = {"by": actor(provider), "change_id": uuid.uuid4()}

        first, second = (ask_time_off(provider.pk, wish(), **press) for _ in range(2))

        assert (first.row, second.row, second.repeated) == (second.row, first.row, True)
        with pytest.raises(AlreadyUsed):
            ask_time_off(provider.pk, wish(days=2), **press)

    def test_the_desk_asks_for_anybody_and_a_provider_for_nobody_else(
        self, provider, colleague, front_desk, biller, actor
    ):
        ask_time_off(provider.pk, wish(), by=actor(front_desk))

        for other in (colleague, biller):
            with pytest.raises(NotAllowed):
                ask_time_off(provider.pk, wish(MONDAY + DAY), by=actor(other))

    def test_what_overlaps_is_refused_and_what_was_denied_is_not_in_the_way(
        self, provider, admin_user, actor
    ):
        first = ask_time_off(provider.pk, wish(days=5), by=actor(provider)).row

        with pytest.raises(Refusal, match="other time off"):
            ask_time_off(provider.pk, wish(MONDAY + 4 * DAY), by=actor(provider))
        ask_time_off(provider.pk, wish(MONDAY + 5 * DAY), by=actor(provider))
        deny_time_off(first.pk, reason="Too many away", by=actor(admin_user))
        again = ask_time_off(provider.pk, wish(), by=actor(provider)).row

        assert again.state == TimeOffState.PENDING

    def test_the_database_refuses_what_overlaps_by_itself(self, provider, colleague):
        span = {"starts_at": moment(MONDAY), "ends_at": moment(MONDAY, 12)}
        TimeOffFactory(provider=provider, **span)
        TimeOffFactory(provider=colleague, **span)

        with pytest.raises(IntegrityError, match="availability_timeoff_once"), transaction.atomic():
            TimeOffFactory(provider=provider, starts_at=moment(MONDAY, 11), ends_at=moment(MONDAY, 13))
        TimeOffFactory(provider=provider, starts_at=moment(MONDAY, 12), ends_at=moment(MONDAY, 13))

    @pytest.mark.parametrize(
        "days", [{"first": NOW.date() - 2 * DAY, "days": 1}, {"first": MONDAY, "days": 0}]
    )
    def test_the_past_and_nothing_at_all_are_refused(self, days, provider, actor):
        with pytest.raises(Refusal):
            ask_time_off(provider.pk, wish(**days), by=actor(provider))


class TestEditing:
    def test_a_pending_one_is_edited_and_a_stale_form_refused(self, provider, actor):
        row = ask_time_off(provider.pk, wish(), by=actor(provider)).row

        acted = edit_time_off(row.pk, wish(days=3, kind="conference"), edition=1, by=actor(provider))

        assert (acted.row.kind, acted.row.ends_at, acted.row.edition) == (
            "conference",
            moment(MONDAY + 3 * DAY),
            2,
        )
        with pytest.raises(StaleEdit):
            edit_time_off(row.pk, wish(), edition=1, by=actor(provider))

    def test_a_decided_one_is_not(self, provider, admin_user, actor):
        row = ask_time_off(provider.pk, wish(), by=actor(provider)).row
        grant(row, actor(admin_user))

        with pytest.raises(Refusal, match="decided already"):
            edit_time_off(row.pk, wish(days=3), by=actor(provider))

    def test_an_edit_may_not_run_into_another(self, provider, actor):
        row = ask_time_off(provider.pk, wish(), by=actor(provider)).row
        ask_time_off(provider.pk, wish(MONDAY + 3 * DAY), by=actor(provider))

        with pytest.raises(Refusal, match="other time off"):
            edit_time_off(row.pk, wish(days=4), by=actor(provider))
        assert TimeOff.objects.get(pk=row.pk).edition == 1


class TestDeciding:
    def test_nobody_decides_on_their_own(self, provider, admin_user, actor):
        admin_user.provider, admin_user.roles = None, ["admin"]
        own = actor(provider)
        own = replace(own, roles=own.roles | {"admin"})
        row = ask_time_off(provider.pk, wish(), by=own).row

        with pytest.raises(NotAllowed, match="their own"):
            grant(row, own)
        with pytest.raises(NotAllowed, match="their own"):
            deny_time_off(row.pk, reason="No", by=own)
        assert grant(row, actor(admin_user)).state == TimeOffState.GRANTED

    def test_the_desk_decides_on_sudden_illness_only(self, provider, front_desk, actor, now):
        desk = actor(front_desk)
        today = TimeOffFactory(provider=provider, kind="sick", starts_at=now, ends_at=now + DAY / 2)
        later = TimeOffFactory(provider=provider, kind="sick", starts_at=now + 3 * DAY)
        holiday = TimeOffFactory(provider=provider, starts_at=now + DAY / 2)

        assert [may_decide_time_off(desk, row, now) for row in (today, later, holiday)] == [
            True,
            False,
            False,
        ]

    def test_a_denial_needs_a_reason(self, provider, admin_user, actor):
        row = ask_time_off(provider.pk, wish(), by=actor(provider)).row

        with pytest.raises(Refusal, match="why"):
            deny_time_off(row.pk, reason=" ", by=actor(admin_user))
        acted = deny_time_off(row.pk, reason="Two are away", by=actor(admin_user))

        assert (acted.row.state, acted.row.decision_reason) == ("denied", "Two are away")

    def test_granted_it_closes_the_hours_and_says_no_more_than_time_off(self, provider, admin_user, actor):
        WeeklyBlockFactory(provider=provider)
        part = wish(starts_at=moment(MONDAY, 12), ends_at=moment(MONDAY, 15), kind="sick", note="Dentist")
        grant(ask_time_off(provider.pk, part, by=actor(provider)).row, actor(admin_user))

        at = {hour: wall_minutes(MONDAY, dt.time(hour), NEW_YORK) for hour in (9, 12, 15, 17)}
        assert open_spans([provider.pk], MONDAY, MONDAY) == {provider.pk: [(at[9], at[12]), (at[15], at[17])]}
        closed = day_hours([provider.pk], MONDAY)[provider.pk].closed
        assert ClosedSpan(start=at[12], end=at[15], reason="Time off") in closed
        assert {one.reason for one in closed} == {"Not in", "Time off"}


class TestWithdrawing:
    def test_the_hours_come_back_and_it_is_news(self, provider, admin_user, actor, added):
        WeeklyBlockFactory(provider=provider)
        row = ask_time_off(provider.pk, wish(days=8), by=actor(provider)).row
        grant(row, actor(admin_user))
        assert added == []

        withdraw(row, actor(provider))

        spans = tuple((moment(on, 9), moment(on, 17)) for on in (MONDAY, MONDAY + 7 * DAY))
        assert added == [(provider.pk, spans, "time_off.withdraw")]
        assert TimeOff.objects.get().state == TimeOffState.WITHDRAWN

    def test_a_pending_one_gives_nothing_back(self, provider, actor, added):
        WeeklyBlockFactory(provider=provider)
        row = ask_time_off(provider.pk, wish(), by=actor(provider)).row

        withdraw(row, actor(provider))

        assert added == []

    def test_the_desk_withdraws_what_is_asked_and_not_what_was_granted(
        self, provider, admin_user, front_desk, actor
    ):
        row = ask_time_off(provider.pk, wish(), by=actor(provider)).row
        grant(row, actor(admin_user))

        with pytest.raises(NotAllowed):
            withdraw(row, actor(front_desk))

    def test_what_has_passed_stays(self, provider, admin_user, actor, now):
        row = grant(ask_time_off(provider.pk, wish(), by=actor(provider)).row, actor(admin_user))

        with clock.frozen(moment(MONDAY + 2 * DAY)), pytest.raises(Refusal, match="passed"):
            withdraw(row, actor(provider))


class TestHoursAdded:
    def test_extra_hours_and_an_absence_taken_away_are_news(self, provider, admin_user, actor, added):
        by = actor(admin_user)
        WeeklyBlockFactory(provider=provider)
        facts = {"starts_at": dt.time(12), "ends_at": dt.time(13)}
        absent = add_exception(provider.pk, on=MONDAY, kind="absent", **facts, by=by).row
        assert added == []

        add_exception(
            provider.pk, on=MONDAY + DAY, kind="extra", starts_at=dt.time(8), ends_at=dt.time(9), by=by
        )
        remove_exception(absent.pk, by=by)

        tuesday = MONDAY + DAY
        assert added == [
            (provider.pk, ((moment(tuesday, 8), moment(tuesday, 9)),), "exception.add"),
            (provider.pk, ((moment(MONDAY, 12), moment(MONDAY, 13)),), "exception.remove"),
        ]

    def test_a_longer_week_is_news_within_the_horizon(self, provider, admin_user, actor, added, practice):
        WeeklyBlockFactory(provider=provider)
        practice.horizon_days = 10
        practice.save()
        longer = WeekBlock(weekday=0, starts_at=dt.time(9), ends_at=dt.time(18))

        set_week(provider.pk, [longer], from_on=MONDAY, by=actor(admin_user))

        assert added == [(provider.pk, ((moment(MONDAY, 17), moment(MONDAY, 18)),), "hours.set")]

    def test_what_lies_behind_is_no_news(self, provider, admin_user, actor, added):
        with transaction.atomic():
            acting = begin("exception.add", None, actor(admin_user), {})
            with telling_added(acting, [provider.pk], NOW.date() - 3 * DAY, NOW.date() - DAY):
                pass

        assert added == []


def test_undo_of_a_withdrawal_closes_the_hours_again(provider, admin_user, actor):
    WeeklyBlockFactory(provider=provider)
    by = actor(admin_user)
    row = ask_time_off(provider.pk, wish(), by=actor(provider)).row
    grant(row, by)
    withdraw(row, by)
    change = AuditEntry.objects.get(act="time_off.withdrawn").change

    take_back(change, by=by, now=clock.now())

    assert TimeOff.objects.get().state == TimeOffState.GRANTED
    assert open_spans([provider.pk], MONDAY, MONDAY) == {provider.pk: []}


def test_a_provider_sees_the_own_and_the_desk_all(provider, colleague, front_desk, biller, actor):
    own, other = TimeOffFactory(provider=provider), TimeOffFactory(provider=colleague)

    def seen(who):
        return set(TimeOff.objects.visible_to(actor(who)))

    assert [seen(who) for who in (provider, front_desk, biller)] == [{own}, {own, other}, set()]
