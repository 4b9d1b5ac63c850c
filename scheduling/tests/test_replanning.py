"""Time off approved with a plan: every way, its locks, its undo, and what clients answer."""

import datetime as dt
from dataclasses import replace

import pytest

from availability.models import TimeOff
from availability.tests.factories import TimeOffFactory
from core import clock
from core.actors import Actor, ActorKind
from core.refusals import NotAllowed, StaleEdit
from messaging.models import StaffTask
from messaging.states import ConsentSource
from messaging.tests.factories import ConsentFactory
from practice.models import CareTeam
from practice.states import Channel
from practice.tests.factories import AddressFactory
from scheduling import operations
from scheduling.models import Appointment, Replan
from scheduling.operations import PlanStale, Row, RowRefused, Terms
from scheduling.operations.replanning import place_of
from scheduling.queries.dry_run import dry_run
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import TypeOfferFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def admin(actor, admin_user) -> Actor:
    return actor(admin_user)


@pytest.fixture
def textable(clinic):
    """The regular client agreed to texts."""
    AddressFactory(client=clinic.regular, kind="phone", value="+12025550117", safe_to_text=True)
    ConsentFactory(
        client=clinic.regular,
        channel=Channel.SMS,
        address="+12025550117",
        granted=True,
        source=ConsentSource.VERBAL,
        at=NOW - dt.timedelta(days=30),
    )


@pytest.fixture
def visit(clinic, wish, admin) -> Appointment:
    return operations.book(wish(14), by=admin).appointment


@pytest.fixture
def away(clinic) -> TimeOff:
    """Tomorrow, all day."""
    return TimeOffFactory(provider=clinic.provider, starts_at=at(0), ends_at=at(0, day=26))


def row(visit: Appointment, way: str, **more) -> Row:
    fresh = Appointment.objects.get(pk=visit.pk)
    return Row(appointment_id=fresh.pk, edition=fresh.edition, way=way, **more)


def later(minutes: int = 5):
    return clock.frozen(NOW + dt.timedelta(minutes=minutes))


def as_client(clinic) -> Actor:
    return Actor(kind=ActorKind.CLIENT, id=clinic.regular.pk, via="portal")


class TestApproving:
    def test_an_interchangeable_visit_is_reassigned_at_once(self, clinic, visit, away, admin, textable):
        clinic.type.is_interchangeable = True
        clinic.type.save()

        operations.approve_time_off(away.pk, [row(visit, "cover", provider_id=clinic.colleague.pk)], by=admin)

        visit.refresh_from_db()
        assert (visit.provider, visit.starts_at) == (clinic.colleague, at(14))
        assert CareTeam.objects.filter(provider=clinic.colleague, client=clinic.regular).exists()
        assert Replan.objects.get().state == "done"
        assert TimeOff.objects.get().state == "granted"

    def test_psychotherapy_is_offered_and_moves_only_when_the_client_accepts(
        self, clinic, visit, away, admin, textable
    ):
        operations.approve_time_off(away.pk, [row(visit, "cover", provider_id=clinic.colleague.pk)], by=admin)

        replan, hold = Replan.objects.get(), Appointment.objects.get(state="held")
        visit.refresh_from_db()
        assert (visit.provider, replan.state, replan.hold) == (clinic.provider, "asked", hold)
        assert (hold.provider, hold.starts_at, hold.hold_until > replan.answer_by) == (
            clinic.colleague,
            at(14),
            True,
        )
        with later():
            operations.accept_cover(replan.pk, by=as_client(clinic))
        visit.refresh_from_db()
        hold.refresh_from_db()
        assert (visit.provider, hold.state) == (clinic.colleague, "released")
        assert Replan.objects.get().state == "accepted"

    def test_with_recorded_agreement_it_moves_at_once(self, clinic, visit, away, admin):
        operations.approve_time_off(
            away.pk, [row(visit, "cover", provider_id=clinic.colleague.pk, agreed=True)], by=admin
        )

        visit.refresh_from_db()
        assert (visit.provider, Replan.objects.get().is_agreed) == (clinic.colleague, True)

    def test_move_video_and_cancel(self, clinic, wish, away, admin):
        clinic.type.modalities = ["in_person", "telehealth"]
        clinic.type.save()
        visits = [operations.book(wish(hour), by=admin).appointment for hour in (9, 11, 13)]
        rows = [
            row(visits[0], "move", starts_at=at(9, day=27)),
            row(visits[1], "telehealth"),
            row(visits[2], "cancel"),
        ]

        operations.approve_time_off(away.pk, rows, by=admin)

        moved, video, gone = (Appointment.objects.get(pk=one.pk) for one in visits)
        assert moved.starts_at == at(9, day=27)
        assert (video.modality, video.starts_at, video.overrides[0]["code"]) == (
            "telehealth",
            at(11),
            "outside_hours",
        )
        assert (gone.state, gone.cancel_reason) == ("cancelled", "provider_unavailable")
        assert list(Replan.objects.order_by("was_starts_at").values_list("state", flat=True)) == [
            "moved",
            "by_video",
            "cancelled",
        ]

    def test_who_is_to_be_called_first_is_called(self, clinic, visit, away, admin, textable):
        clinic.regular.call_before_closing = True
        clinic.regular.save()

        with pytest.raises(RowRefused, match="called first"):
            operations.approve_time_off(away.pk, [row(visit, "cancel")], by=admin)
        operations.approve_time_off(away.pk, [row(visit, "call")], by=admin)

        task = StaffTask.objects.get(kind="replan")
        assert (task.client, task.owner_id, Replan.objects.get().state) == (
            clinic.regular,
            admin.id,
            "to_call",
        )

    def test_nobody_approves_their_own(self, clinic, visit, away, actor, provider):
        own = actor(provider)

        with pytest.raises(NotAllowed):
            operations.approve_time_off(away.pk, [row(visit, "cancel")], by=own)

    def test_a_visit_booked_or_changed_meanwhile_asks_for_another_look(
        self, clinic, wish, visit, away, admin
    ):
        seen = row(visit, "cancel")
        operations.book(wish(9), by=admin)

        with pytest.raises(PlanStale):
            operations.approve_time_off(away.pk, [seen], by=admin)
        assert TimeOff.objects.get().state == "pending"

    def test_what_cannot_be_done_names_its_row_and_keeps_nothing(self, clinic, wish, visit, away, admin):
        operations.book(wish(14, provider_id=clinic.colleague.pk, client_ids=(clinic.other.pk,)), by=admin)

        with pytest.raises(RowRefused) as refused:
            operations.approve_time_off(
                away.pk, [row(visit, "cover", provider_id=clinic.colleague.pk, agreed=True)], by=admin
            )

        assert refused.value.appointment_id == visit.pk
        assert (TimeOff.objects.get().state, Replan.objects.count()) == ("pending", 0)

    def test_approving_twice_is_approving_once(self, visit, away, admin):
        rows, key = [row(visit, "cancel")], "6a7f4a4e-5d0b-4a3e-9a52-0f6f0a4d1b11"

        first = operations.approve_time_off(away.pk, rows, by=admin, change_id=key)
        second = operations.approve_time_off(away.pk, rows, by=admin, change_id=key)

        assert (first.repeated, second.repeated, Replan.objects.count()) == (False, True, 1)

    def test_a_colleague_who_does_not_exist_covers_nothing(self, clinic, visit, away, admin):
        for nobody in (None, clinic.provider.pk):
            with pytest.raises(RowRefused, match="Choose a colleague"):
                operations.approve_time_off(away.pk, [row(visit, "cover", provider_id=nobody)], by=admin)
        with pytest.raises(RowRefused, match="not possible"):
            operations.approve_time_off(away.pk, [row(visit, "nonsense")], by=admin)

    def test_a_second_provider_who_is_away_is_gone_without(self, clinic, wish, admin):
        both = operations.book(wish(14, co_provider_id=clinic.colleague.pk), by=admin).appointment
        off = TimeOffFactory(provider=clinic.colleague, starts_at=at(0), ends_at=at(0, day=26))

        operations.approve_time_off(off.pk, [row(both, "without")], by=admin)

        both.refresh_from_db()
        assert (both.provider, both.co_provider) == (clinic.provider, None)


class TestAnswers:
    @pytest.fixture
    def asked(self, clinic, visit, away, admin, textable) -> Replan:
        operations.approve_time_off(
            away.pk,
            [row(visit, "cover", provider_id=clinic.colleague.pk)],
            terms=Terms(if_silent="cancel"),
            by=admin,
        )
        return Replan.objects.get()

    def test_nobody_answers_before_the_undo_window_has_closed(self, clinic, asked):
        with pytest.raises(StaleEdit):
            operations.accept_cover(asked.pk, by=as_client(clinic))

    def test_another_client_may_not(self, clinic, asked):
        stranger = Actor(kind=ActorKind.CLIENT, id=clinic.other.pk)

        with later(), pytest.raises(NotAllowed):
            operations.accept_cover(asked.pk, by=stranger)

    def test_without_an_answer_it_is_cancelled_at_the_hour(self, clinic, asked, visit):
        with clock.frozen(asked.answer_by):
            with pytest.raises(StaleEdit):
                operations.accept_cover(asked.pk, by=as_client(clinic))
            assert operations.settle_replans() == 1

        visit.refresh_from_db()
        asked.refresh_from_db()
        assert (visit.state, asked.state, asked.hold.state) == ("cancelled", "lapsed", "released")

    def test_or_somebody_calls(self, clinic, asked, visit, admin):
        Replan.objects.update(if_silent="call")

        with clock.frozen(asked.answer_by):
            operations.settle_replans()

        visit.refresh_from_db()
        task = StaffTask.objects.get(kind="replan")
        assert (visit.state, Replan.objects.get().state, task.owner_id) == ("scheduled", "to_call", admin.id)

    def test_a_visit_moved_by_hand_has_answered_and_the_hold_goes(self, clinic, asked, visit, admin):
        to = place_of(visit)
        with later():
            operations.move(visit.pk, to=replace(to, starts_at=at(9, day=27)), by=admin)
            operations.settle_replans()

        asked.refresh_from_db()
        assert (asked.state, asked.hold.state) == ("moved", "released")
        with later(), pytest.raises(StaleEdit):
            operations.accept_cover(asked.pk, by=as_client(clinic))

    def test_withdrawn_it_stands_again(self, clinic, asked, visit, admin):
        with later():
            operations.withdraw_time_off(asked.time_off_id, by=admin)

        visit.refresh_from_db()
        asked.refresh_from_db()
        assert (visit.provider, visit.state, asked.state) == (clinic.provider, "scheduled", "taken_back")
        assert (asked.hold.state, visit.occurrence) == ("released", 2)


class TestDryRun:
    def test_ways_and_reasons(self, clinic, visit, away, practice, textable):
        clinic.colleague.insurances, clinic.regular.insurances = ["Aetna"], ["Aetna"]
        clinic.colleague.save()
        clinic.regular.save()

        (found,) = dry_run(away, practice=practice, now=NOW)

        assert [one.way for one in found.proposals] == ["cover", "move", "move", "ask", "call", "cancel"]
        cover = found.proposals[0]
        assert (cover.provider, cover.is_offer, "takes Aetna" in {r.words for r in cover.reasons}) == (
            clinic.colleague,
            True,
            True,
        )
        assert {one.starts_at for one in found.proposals if one.way == "move"} == {
            at(14, day=26),
            at(14, day=24),
        }
        assert (found.reach, found.must_call) == ("sms", False)

    def test_nobody_to_write_to_is_called(self, clinic, visit, away, practice):
        (found,) = dry_run(away, practice=practice, now=NOW)

        assert (found.reach, found.chosen) == ("", "call")
        assert "ask" not in {one.way for one in found.proposals}

    def test_two_visits_are_not_given_one_place(self, clinic, wish, away, practice, admin):
        operations.book(wish(9), by=admin)
        operations.book(wish(10, 15, client_ids=(clinic.other.pk,)), by=admin)

        found = dry_run(away, practice=practice, now=NOW, plan="move")

        times = [one.choice.starts_at for one in found]
        assert len(set(times)) == len(times)

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_costs_the_same_for_one_visit_and_for_three(
        self, clinic, wish, away, practice, admin, textable, count, django_assert_num_queries
    ):
        TypeOfferFactory(type=clinic.type)
        for n in range(count):
            operations.book(wish(9 + 2 * n), by=admin)

        with django_assert_num_queries(QUERIES):
            dry_run(TimeOff.objects.select_related("provider").get(), practice=practice, now=NOW)


QUERIES = 22
