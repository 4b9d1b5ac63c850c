import datetime as dt
import uuid
from dataclasses import replace

import pytest

from availability.models import Closure, DatedException, WeeklyBlock
from availability.operations import (
    add_closure,
    add_closures,
    add_exception,
    remove_block,
    remove_closure,
    remove_exception,
    save_block,
    set_week,
    take_back,
)
from availability.rules.wishes import ClosureWish, WeekBlock
from availability.signals import hours_changed
from availability.states import ExceptionKind
from availability.tests.factories import ClosureFactory, DatedExceptionFactory, WeeklyBlockFactory
from core import clock
from core.refusals import AlreadyUsed, NotAllowed, Refusal, StaleEdit
from practice.models import AuditEntry, Change
from practice.tests.factories import LocationFactory

MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
NINE, NOON, ONE, FIVE = dt.time(9), dt.time(12), dt.time(13), dt.time(17)


def morning(**more) -> WeekBlock:
    return WeekBlock(**{"weekday": 0, "starts_at": NINE, "ends_at": NOON} | more)


def rows_of(model) -> list[dict]:
    return list(model.objects.order_by("pk").values())


@pytest.fixture
def news():
    """What `hours_changed` said, without change and now."""
    heard = []

    def hear(sender, provider_ids, first, last, change, now, **_):
        heard.append((provider_ids, first, last))

    hours_changed.connect(hear)
    yield heard
    hours_changed.disconnect(hear)


@pytest.fixture
def lunch(provider):
    return {"on": MONDAY, "kind": ExceptionKind.ABSENT, "starts_at": NOON, "ends_at": ONE, "reason": "Lunch"}


class TestWeek:
    def test_the_week_holds_from_its_day_and_the_past_stays(self, provider, admin_user, actor, news):
        old = WeeklyBlockFactory(provider=provider)
        planned = WeeklyBlockFactory(provider=provider, weekday=1, effective_from_on=MONDAY + 7 * DAY)

        acted = set_week(provider.pk, [morning()], from_on=MONDAY, by=actor(admin_user))

        columns = ("weekday", "ends_at", "effective_from_on", "effective_until_on")
        assert list(WeeklyBlock.objects.order_by("pk").values_list(*columns)) == [
            (0, FIVE, old.effective_from_on, MONDAY - DAY),
            (0, NOON, MONDAY, None),
        ]
        assert not WeeklyBlock.objects.filter(pk=planned.pk).exists()
        assert news == [((provider.pk,), MONDAY, None)]
        assert sorted(AuditEntry.objects.filter(change=acted.change).values_list("act", flat=True)) == [
            "hours.added",
            "hours.ended",
            "hours.removed",
        ]

    def test_hours_that_stay_the_same_keep_their_row_and_the_week_they_count_from(
        self, provider, admin_user, actor
    ):
        fortnightly = WeeklyBlockFactory(provider=provider, ends_at=NOON, every_weeks=2)

        set_week(
            provider.pk,
            [morning(every_weeks=2), morning(starts_at=ONE, ends_at=FIVE)],
            from_on=MONDAY,
            by=actor(admin_user),
        )

        kept, new = WeeklyBlock.objects.all()
        assert (kept.pk, kept.effective_from_on, kept.effective_until_on) == (
            fortnightly.pk,
            fortnightly.effective_from_on,
            None,
        )
        assert (new.starts_at, new.effective_from_on) == (ONE, MONDAY)

    @pytest.mark.parametrize(("from_on", "begins"), [(MONDAY, MONDAY), (MONDAY + 9 * DAY, MONDAY + 14 * DAY)])
    def test_every_second_week_keeps_its_turn_when_its_hours_change(
        self, provider, admin_user, actor, from_on, begins
    ):
        WeeklyBlockFactory(provider=provider, every_weeks=2, effective_from_on=MONDAY - 14 * DAY)
        longer = morning(ends_at=FIVE, starts_at=dt.time(8), every_weeks=2, counts_from_on=MONDAY)

        set_week(provider.pk, [longer], from_on=from_on, by=actor(admin_user))

        columns = WeeklyBlock.objects.order_by("pk").values_list("starts_at", "effective_from_on")
        assert list(columns) == [(NINE, MONDAY - 14 * DAY), (dt.time(8), begins)]

    def test_a_turn_that_differs_is_another_block(self, provider, admin_user, actor):
        standing = WeeklyBlockFactory(
            provider=provider, every_weeks=2, ends_at=NOON, effective_from_on=MONDAY - 14 * DAY
        )

        set_week(
            provider.pk,
            [morning(every_weeks=2, counts_from_on=MONDAY + 7 * DAY)],
            from_on=MONDAY,
            by=actor(admin_user),
        )

        ended, new = WeeklyBlock.objects.order_by("pk")
        assert (ended.pk, ended.effective_until_on) == (standing.pk, MONDAY - DAY)
        assert new.effective_from_on == MONDAY + 7 * DAY

    def test_hours_planned_for_later_may_begin_now(self, provider, admin_user, actor):
        WeeklyBlockFactory(provider=provider, ends_at=NOON, effective_from_on=MONDAY + 7 * DAY)

        set_week(provider.pk, [morning()], from_on=MONDAY, by=actor(admin_user))

        assert WeeklyBlock.objects.get().effective_from_on == MONDAY

    def test_pressing_twice_sets_it_once(self, provider, admin_user, actor, news):
        press = {"from_on": MONDAY, "by": actor(admin_user), "change_id": uuid.uuid4()}

        first = set_week(provider.pk, [morning()], **press)
        second = set_week(provider.pk, [morning()], **press)

        assert (first.repeated, second.repeated) == (False, True)
        assert first.change == second.change
        assert WeeklyBlock.objects.count() == len(news) == 1
        with pytest.raises(AlreadyUsed):
            set_week(provider.pk, [morning(weekday=1)], **press)

    def test_a_provider_sets_the_own_week_and_nobody_elses(self, provider, colleague, actor):
        set_week(provider.pk, [morning()], from_on=MONDAY, by=actor(provider))

        with pytest.raises(NotAllowed):
            set_week(colleague.pk, [morning()], from_on=MONDAY, by=actor(provider))

        assert list(WeeklyBlock.objects.values_list("provider", flat=True)) == [provider.pk]

    @pytest.mark.parametrize("who", ["front_desk", "biller"])
    def test_others_set_nobodys(self, request, provider, who, actor):
        with pytest.raises(NotAllowed):
            set_week(provider.pk, [morning()], from_on=MONDAY, by=actor(request.getfixturevalue(who)))

        assert not WeeklyBlock.objects.exists()
        refusal = AuditEntry.objects.get()
        assert (refusal.act, refusal.subject_id, refusal.after) == (
            "hours.set.refused",
            provider.pk,
            {"codes": ["not_allowed"]},
        )

    @pytest.mark.parametrize(
        ("block", "field", "message"),
        [
            (
                morning(starts_at=dt.time(11, 30), ends_at=ONE),
                "blocks-1-starts_at",
                "Monday 11:30 AM to 1:00 PM overlaps Monday 9:00 AM to 12:00 PM.",
            ),
            (
                morning(starts_at=ONE, ends_at=ONE),
                "blocks-1-ends_at",
                "The end must come after the start.",
            ),
            (
                morning(starts_at=ONE, ends_at=FIVE, effective_from_on=MONDAY - DAY),
                "blocks-1-effective_from_on",
                "This block cannot begin before November 23, the day the week is set from.",
            ),
            (
                morning(weekday=7),
                "blocks-1-weekday",
                "Ensure this value is less than or equal to 6.",
            ),
        ],
    )
    def test_a_bad_block_is_named_and_nothing_is_written(
        self, provider, admin_user, actor, block, field, message
    ):
        standing = WeeklyBlockFactory(provider=provider)

        with pytest.raises(Refusal) as refused:
            set_week(provider.pk, [morning(), block], from_on=MONDAY, by=actor(admin_user))

        assert (refused.value.field, refused.value.message) == (field, message)
        assert list(WeeklyBlock.objects.values_list("pk", "effective_until_on")) == [(standing.pk, None)]
        assert not Change.objects.exists()

    def test_odd_and_even_weeks_may_share_the_time(self, provider, admin_user, actor):
        odd = morning(every_weeks=2)
        even = morning(every_weeks=2, effective_from_on=MONDAY + 7 * DAY)

        set_week(provider.pk, [odd, even], from_on=MONDAY, by=actor(admin_user))

        assert WeeklyBlock.objects.count() == 2

    def test_the_clock_of_the_practice_is_used_in_words(self, practice, provider, admin_user, actor):
        type(practice).objects.update(clock_24h=True)

        with pytest.raises(Refusal, match=r"Monday 11:00 to 13:00 overlaps Monday 09:00 to 12:00\."):
            set_week(
                provider.pk,
                [morning(), morning(starts_at=dt.time(11), ends_at=ONE)],
                from_on=MONDAY,
                by=actor(admin_user),
            )


class TestSingleBlocks:
    def test_a_block_is_saved_changed_and_removed_with_its_history(self, provider, admin_user, actor, news):
        by = actor(admin_user)
        row = WeeklyBlockFactory.build(provider=provider)

        save_block(row, by=by)
        row.ends_at = NOON
        save_block(row, by=by)
        stored = WeeklyBlock.objects.get()
        remove_block(row.pk, by=by)

        assert stored.ends_at == NOON
        assert not WeeklyBlock.objects.exists()
        acts = AuditEntry.objects.order_by("pk").values_list("act", flat=True)
        assert list(acts) == ["hours.added", "hours.changed", "hours.removed"]
        assert news == [((provider.pk,), row.effective_from_on, None)] * 3

    def test_one_that_overlaps_is_refused_and_one_that_touches_is_not(self, provider, admin_user, actor):
        WeeklyBlockFactory(provider=provider, ends_at=NOON)

        save_block(WeeklyBlockFactory.build(provider=provider, starts_at=NOON), by=actor(admin_user))
        with pytest.raises(Refusal, match="overlaps"):
            save_block(
                WeeklyBlockFactory.build(provider=provider, starts_at=dt.time(8), ends_at=dt.time(9, 1)),
                by=actor(admin_user),
            )

        assert WeeklyBlock.objects.count() == 2

    def test_a_provider_may_not_take_over_or_remove_anothers_block(self, provider, colleague, actor):
        row = WeeklyBlockFactory(provider=colleague)

        with pytest.raises(NotAllowed):
            remove_block(row.pk, by=actor(provider))
        row.provider = provider
        with pytest.raises(NotAllowed):
            save_block(row, by=actor(provider))

        assert WeeklyBlock.objects.get().provider == colleague


class TestSeveralClosures:
    def test_one_act_and_everybody_hears_once(self, provider, admin_user, actor, news):
        wishes = [
            ClosureWish(first_on=MONDAY + n * DAY, last_on=MONDAY + n * DAY, reason=f"Day {n}")
            for n in (3, 9)
        ]
        press = {"by": actor(admin_user), "change_id": uuid.uuid4()}

        acted = add_closures(wishes, **press)
        again = add_closures(wishes, **press)

        assert (acted.repeated, again.repeated) == (False, True)
        assert list(Closure.objects.values_list("reason", flat=True)) == ["Day 3", "Day 9"]
        assert news == [((provider.pk,), MONDAY + 3 * DAY, MONDAY + 9 * DAY)]

    def test_only_admins_and_not_none(self, provider, admin_user, actor):
        wish = ClosureWish(first_on=MONDAY, last_on=MONDAY, reason="Day")

        with pytest.raises(NotAllowed):
            add_closures([wish], by=actor(provider))
        with pytest.raises(Refusal, match="Nothing was chosen"):
            add_closures([], by=actor(admin_user))
        with pytest.raises(Refusal, match="before the first"):
            add_closures([replace(wish, last_on=MONDAY - DAY)], by=actor(admin_user))

        assert not Closure.objects.exists()


class TestExceptions:
    def test_added_and_removed(self, provider, actor, lunch, news):
        acted = add_exception(provider.pk, **lunch, by=actor(provider))
        found = DatedException.objects.values("on", "kind", "starts_at", "ends_at", "reason").get()
        gone = remove_exception(acted.row.pk, by=actor(provider))

        assert found == lunch
        assert not DatedException.objects.exists()
        assert gone.row is None
        assert news == [((provider.pk,), MONDAY, MONDAY)] * 2

    def test_the_trail_never_holds_the_reason(self, provider, actor, lunch):
        acted = add_exception(provider.pk, **lunch | {"reason": "Own therapy"}, by=actor(provider))
        gone = remove_exception(acted.row.pk, by=actor(provider))

        assert "therapy" not in str(list(AuditEntry.objects.values()))
        assert gone.change.texts == {
            f"datedexception:{acted.change.result['row']}": {"reason": "Own therapy"}
        }

    def test_pressing_twice_adds_once(self, provider, actor, lunch):
        press = lunch | {"by": actor(provider), "change_id": uuid.uuid4()}

        first, second = (add_exception(provider.pk, **press) for _ in range(2))

        assert (second.row, second.repeated) == (first.row, True)
        assert DatedException.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "count"),
        [
            ({"starts_at": ONE, "ends_at": dt.time(14)}, 2),
            ({"kind": ExceptionKind.EXTRA}, 2),
            ({"on": MONDAY + DAY}, 2),
            ({"starts_at": dt.time(12, 59), "ends_at": dt.time(14)}, 1),
        ],
    )
    def test_two_of_a_kind_do_not_overlap(self, provider, actor, lunch, change, count):
        add_exception(provider.pk, **lunch, by=actor(provider))

        if count == 1:
            with pytest.raises(Refusal, match="already says “not in” from 12:00 to 13:00"):
                add_exception(provider.pk, **lunch | change, by=actor(provider))
        else:
            add_exception(provider.pk, **lunch | change, by=actor(provider))

        assert DatedException.objects.count() == count

    def test_backwards_or_unknown_is_refused_with_its_field(self, provider, actor, lunch):
        with pytest.raises(Refusal) as backwards:
            add_exception(provider.pk, **lunch | {"ends_at": NOON}, by=actor(provider))
        with pytest.raises(Refusal) as unknown:
            add_exception(provider.pk, **lunch | {"kind": "nonsense"}, by=actor(provider))

        assert [backwards.value.field, unknown.value.field] == ["ends_at", "kind"]

    def test_pressing_remove_twice_removes_once(self, provider, actor, news):
        press = {"by": actor(provider), "change_id": uuid.uuid4()}
        row = DatedExceptionFactory(provider=provider)

        acted = [remove_exception(row.pk, **press) for _ in range(2)]

        assert [a.repeated for a in acted] == [False, True]
        assert len(news) == 1

    def test_nobody_touches_anothers(self, provider, colleague, actor, lunch):
        row = DatedExceptionFactory(provider=colleague)

        with pytest.raises(NotAllowed):
            add_exception(colleague.pk, **lunch, by=actor(provider))
        with pytest.raises(NotAllowed):
            remove_exception(row.pk, by=actor(provider))

        assert DatedException.objects.get() == row

    def test_one_already_gone_says_so(self, practice, admin_user, actor):
        with pytest.raises(Refusal, match="no longer there"):
            remove_exception(404, by=actor(admin_user))


class TestClosures:
    FACTS = {"first_on": MONDAY, "last_on": MONDAY + DAY, "reason": "Holiday"}

    def test_added_and_removed_and_everybody_hears(self, provider, colleague, admin_user, actor, news):
        main = LocationFactory()

        acted = add_closure(**self.FACTS, location_id=main.pk, by=actor(admin_user))
        remove_closure(acted.row.pk, by=actor(admin_user))

        assert not Closure.objects.exists()
        assert news == [((provider.pk, colleague.pk), MONDAY, MONDAY + DAY)] * 2

    def test_only_admins_close(self, provider, actor):
        row = ClosureFactory()

        with pytest.raises(NotAllowed):
            add_closure(**self.FACTS, by=actor(provider))
        with pytest.raises(NotAllowed):
            remove_closure(row.pk, by=actor(provider))

        assert Closure.objects.get() == row

    @pytest.mark.parametrize(
        ("change", "field"), [({"last_on": MONDAY - DAY}, "last_on"), ({"reason": "  "}, "reason")]
    )
    def test_what_is_wrong_is_named(self, practice, admin_user, actor, change, field):
        with pytest.raises(Refusal) as refused:
            add_closure(**self.FACTS | change, by=actor(admin_user))

        assert refused.value.field == field

    def test_pressing_twice_acts_once(self, practice, admin_user, actor):
        add, take = ({"by": actor(admin_user), "change_id": uuid.uuid4()} for _ in range(2))

        added = [add_closure(**self.FACTS, **add) for _ in range(2)]
        taken = [remove_closure(added[0].row.pk, **take) for _ in range(2)]

        assert [a.repeated for a in (*added, *taken)] == [False, True, False, True]
        assert added[0].row == added[1].row

    def test_one_already_gone_says_so(self, practice, admin_user, actor):
        with pytest.raises(Refusal, match="no longer there"):
            remove_closure(404, by=actor(admin_user))


class TestTakingBack:
    """Invariant 7 for hours: every table as it was."""

    @pytest.mark.parametrize(
        "act",
        [
            lambda p, by, e, c: set_week(p.pk, [morning(weekday=3)], from_on=MONDAY, by=by),
            lambda p, by, e, c: add_exception(
                p.pk, on=MONDAY, kind="extra", starts_at=NINE, ends_at=NOON, by=by
            ),
            lambda p, by, e, c: remove_exception(e.pk, by=by),
            lambda p, by, e, c: add_closure(first_on=MONDAY, last_on=MONDAY, reason="Storm", by=by),
            lambda p, by, e, c: remove_closure(c.pk, by=by),
            lambda p, by, e, c: remove_block(WeeklyBlock.objects.first().pk, by=by),
        ],
        ids=[
            "set_week",
            "add_exception",
            "remove_exception",
            "add_closure",
            "remove_closure",
            "remove_block",
        ],
    )
    def test_everything_is_as_it_was(self, provider, admin_user, actor, news, act):
        WeeklyBlockFactory(provider=provider, ends_at=NOON, location=LocationFactory(), max_visits=3)
        WeeklyBlockFactory(provider=provider, starts_at=ONE, effective_from_on=MONDAY + DAY)
        away, shut = DatedExceptionFactory(provider=provider, reason="Lunch"), ClosureFactory()
        before = [rows_of(model) for model in (WeeklyBlock, DatedException, Closure)]

        change = act(provider, actor(admin_user), away, shut).change
        during = [rows_of(model) for model in (WeeklyBlock, DatedException, Closure)]
        take_back(Change.objects.get(pk=change.pk), by=actor(admin_user), now=clock.now())

        assert during != before
        assert [rows_of(model) for model in (WeeklyBlock, DatedException, Closure)] == before
        assert len(news) == 2
        assert news[0] == news[1]

    def test_hours_that_were_set_again_since_stay(self, provider, admin_user, actor):
        WeeklyBlockFactory(provider=provider)
        first = set_week(provider.pk, [morning()], from_on=MONDAY, by=actor(admin_user))
        set_week(provider.pk, [morning(weekday=1)], from_on=MONDAY, by=actor(admin_user))
        before = rows_of(WeeklyBlock)

        with pytest.raises(StaleEdit):
            take_back(first.change, by=actor(admin_user), now=clock.now())

        assert rows_of(WeeklyBlock) == before

    def test_hours_do_not_come_back_over_newer_ones(self, provider, admin_user, actor):
        row = WeeklyBlockFactory(provider=provider)
        gone = remove_block(row.pk, by=actor(admin_user))
        set_week(provider.pk, [morning()], from_on=MONDAY, by=actor(admin_user))

        with pytest.raises(Refusal, match="overlaps"):
            take_back(gone.change, by=actor(admin_user), now=clock.now())

    def test_a_change_that_touched_no_hours_is_left_alone(self, provider, admin_user, actor, news):
        take_back(Change(result={}), by=actor(admin_user), now=clock.now())

        assert news == []
