"""Hours that change under booked visits. The small clinic: both providers are in from 8 to 18 every day."""

import datetime as dt
import uuid

import pytest

from availability.models import Closure, DatedException, WeeklyBlock
from availability.rules.wishes import ClosureWish, WeekBlock
from availability.states import ExceptionKind
from availability.tests.factories import DatedExceptionFactory
from core.refusals import NotAllowed, Refusal
from practice.models import AuditEntry, Change
from practice.tests.factories import LocationFactory
from scheduling import operations
from scheduling.operations import hours
from scheduling.operations.hours import Strands
from scheduling.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
TODAY, TOMORROW = dt.date(2026, 11, 24), dt.date(2026, 11, 25)
ALL_DAY = {"starts_at": dt.time(), "ends_at": dt.time(23, 59)}


def week(starts=8, ends=18, weekdays=range(7), **more) -> list[WeekBlock]:
    return [
        WeekBlock(weekday=day, starts_at=dt.time(starts), ends_at=dt.time(ends), **more) for day in weekdays
    ]


@pytest.fixture
def desk(actor, front_desk):
    return actor(front_desk)


@pytest.fixture
def admin(actor, admin_user):
    return actor(admin_user)


@pytest.fixture
def booked(wish, desk):
    """At 14:00 and 17:00 tomorrow, and at 17:00 a week later."""
    places = [wish(14), wish(17), wish(starts_at=at(17, day=25) + dt.timedelta(days=7))]
    return [operations.book(one, by=desk).appointment for one in places]


def asked(act) -> Strands:
    with pytest.raises(Strands) as question:
        act()
    return question.value


def found(strands: Strands) -> list[int]:
    return [one.visit.pk for one in strands.stranded]


def test_a_shorter_week_asks_first_and_keeps_nothing(clinic, booked, admin):
    before = list(WeeklyBlock.objects.order_by("pk").values())
    changes = Change.objects.count()

    question = asked(lambda: hours.set_week(clinic.provider.pk, week(ends=16), from_on=TOMORROW, by=admin))

    assert found(question) == [booked[1].pk, booked[2].pk]
    assert question.message == "2 booked visits would lie outside these hours."
    assert question.stranded[0].why == "Dr. Maya Smith is not available then: Not in."
    assert list(WeeklyBlock.objects.order_by("pk").values()) == before
    assert Change.objects.count() == changes
    said = AuditEntry.objects.filter(act__startswith="hours.").values_list("act", "after")
    assert list(said) == [("hours.set.refused", {"codes": ["strands"]})]


def test_a_dry_run_leaves_no_trace(clinic, booked, admin):
    lines = AuditEntry.objects.count()

    dry = {"from_on": TOMORROW, "by": admin}
    short = hours.strands_of_week(clinic.provider.pk, week(ends=16), **dry)
    same = hours.strands_of_week(clinic.provider.pk, week(starts=7), **dry)

    assert [one.visit.pk for one in short] == [booked[1].pk, booked[2].pk]
    assert same == []
    assert AuditEntry.objects.count() == lines
    assert not WeeklyBlock.objects.exclude(effective_until_on=None).exists()


def test_who_has_seen_them_may_save_and_the_visits_stand(clinic, booked, admin):
    press = {"from_on": TOMORROW, "by": admin, "change_id": uuid.uuid4()}
    question = asked(lambda: hours.set_week(clinic.provider.pk, week(ends=16), **press))

    acted = hours.set_week(clinic.provider.pk, week(ends=16), seen=question.token, **press)
    again = hours.set_week(clinic.provider.pk, week(ends=16), **press)

    assert (acted.repeated, again.repeated) == (False, True)
    booked[1].refresh_from_db()
    assert (booked[1].state, booked[1].starts_at) == ("scheduled", at(17))
    assert WeeklyBlock.objects.filter(provider=clinic.provider, ends_at=dt.time(16)).count() == 7
    assert WeeklyBlock.objects.filter(provider=clinic.provider, effective_until_on=TODAY).count() == 7


def test_a_visit_booked_meanwhile_is_asked_about_anew(clinic, booked, wish, admin, desk):
    question = asked(lambda: hours.set_week(clinic.provider.pk, week(ends=16), from_on=TOMORROW, by=admin))
    late = operations.book(wish(16, 0, client_ids=(clinic.other.pk,), minutes=30), by=desk).appointment

    once_more = asked(
        lambda: hours.set_week(
            clinic.provider.pk, week(ends=16), from_on=TOMORROW, seen=question.token, by=admin
        )
    )

    assert found(once_more) == [late.pk, booked[1].pk, booked[2].pk]


def test_what_lay_outside_before_is_not_asked_about(clinic, booked, wish, admin, desk):
    """An evening visit was booked with an override; leaving earlier does not change that."""
    operations.book(wish(20), by=desk, override_reason="meant")

    question = asked(lambda: hours.set_week(clinic.provider.pk, week(ends=16), from_on=TOMORROW, by=admin))

    assert found(question) == [booked[1].pk, booked[2].pk]


def test_colleagues_past_and_cancelled_visits_do_not_count(clinic, wish, admin, desk):
    operations.book(wish(17, provider_id=clinic.colleague.pk), by=desk)
    cancelled = operations.book(wish(17, client_ids=(clinic.other.pk,)), by=desk).appointment
    operations.cancel(cancelled.pk, reason="client_request", by=desk)

    acted = hours.set_week(clinic.provider.pk, week(ends=16), from_on=TODAY, by=admin)

    assert acted.change.act == "hours.set"


def test_hours_at_another_location_or_without_telehealth_strand_too(clinic, wish, admin, desk):
    there = operations.book(wish(9, location_id=clinic.location.pk), by=desk).appointment
    video = operations.book(
        wish(11, modality="telehealth", client_ids=(clinic.other.pk,)),
        by=desk,
        override_reason="meant",
    ).appointment
    elsewhere = LocationFactory(name="Hillside")

    question = asked(
        lambda: hours.set_week(
            clinic.provider.pk,
            week(location_id=elsewhere.pk, telehealth_ok=False),
            from_on=TOMORROW,
            by=admin,
        )
    )

    assert [(one.visit.pk, one.why) for one in question.stranded] == [
        (there.pk, "Dr. Maya Smith works at another location then."),
        (video.pk, "Dr. Maya Smith keeps these hours for people who come in."),
    ]


def test_the_past_cannot_be_set(clinic, admin):
    with pytest.raises(Refusal, match="stay as they were"):
        hours.set_week(clinic.provider.pk, week(), from_on=TODAY - dt.timedelta(days=1), by=admin)


def test_an_absence_asks_and_extra_hours_that_go_ask(clinic, booked, wish, admin, desk):
    facts = {"on": TOMORROW, "kind": ExceptionKind.ABSENT, **ALL_DAY, "reason": "Dentist", "by": admin}
    question = asked(lambda: hours.add_exception(clinic.provider.pk, **facts))
    hours.add_exception(clinic.provider.pk, **facts, seen=question.token)
    extra = DatedExceptionFactory(
        provider=clinic.colleague,
        on=TOMORROW,
        kind=ExceptionKind.EXTRA,
        starts_at=dt.time(18),
        ends_at=dt.time(20),
    )
    evening = operations.book(wish(18, provider_id=clinic.colleague.pk), by=desk).appointment

    second = asked(lambda: hours.remove_exception(extra.pk, by=admin))
    hours.remove_exception(extra.pk, seen=second.token, by=admin)

    assert found(question) == [booked[0].pk, booked[1].pk]
    assert question.stranded[0].why == "Dr. Maya Smith is not available then: Dentist."
    assert found(second) == [evening.pk]
    assert list(DatedException.objects.values_list("kind", flat=True)) == ["absent"]


def test_other_hours_that_day(clinic, booked, admin):
    question = asked(
        lambda: hours.add_exception(
            clinic.provider.pk,
            on=TOMORROW,
            kind=ExceptionKind.INSTEAD,
            starts_at=dt.time(9),
            ends_at=dt.time(16),
            by=admin,
        )
    )

    assert found(question) == [booked[1].pk]


def test_closures_ask_for_everybody_and_are_taken_back_as_one(clinic, booked, wish, admin, desk):
    other = operations.book(
        wish(9, provider_id=clinic.colleague.pk, client_ids=(clinic.other.pk,)), by=desk
    ).appointment
    wishes = [
        ClosureWish(first_on=TOMORROW, last_on=TOMORROW, reason="Water"),
        ClosureWish(first_on=dt.date(2026, 12, 25), last_on=dt.date(2026, 12, 25), reason="Christmas"),
    ]

    question = asked(lambda: hours.add_closures(wishes, by=admin))
    acted = hours.add_closures(wishes, seen=question.token, by=admin)
    kept = Closure.objects.count()
    operations.undo(acted.change.pk, by=admin)

    assert found(question) == [other.pk, booked[0].pk, booked[1].pk]
    assert (kept, Closure.objects.count()) == (2, 0)


def test_a_stranger_learns_of_no_visit(clinic, booked, actor, colleague):
    with pytest.raises(NotAllowed):
        hours.set_week(clinic.provider.pk, week(ends=16), from_on=TOMORROW, by=actor(colleague))


@pytest.mark.parametrize("count", [1, 3])
def test_the_look_costs_the_same_for_one_visit_and_for_three(
    count, clinic, wish, admin, desk, django_assert_num_queries
):
    for n in range(count):
        operations.book(wish(14 + n, n * 15), by=desk)

    with django_assert_num_queries(QUERIES):
        asked(lambda: hours.set_week(clinic.provider.pk, week(ends=12), from_on=TOMORROW, by=admin))


# Two looks at the visits, of four each; the hours before and after, for whoever fills what is added; one by groups, for
# sessions whose facilitator is away; the rest is the act itself and its savepoints.
QUERIES = 33
