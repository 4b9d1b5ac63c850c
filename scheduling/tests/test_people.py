"""Couples and families: each with their own seat, and the last to go takes the visit along."""

import pytest

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import Blocked, NotAllowed, Refusal, StaleEdit
from practice.models import AuditEntry, CareTeam
from practice.tests.factories import ClientContactFactory, ClientFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance
from scheduling.operations.people import cancel_person
from scheduling.rules.moves import WrongState
from scheduling.rules.wishes import Place
from scheduling.signals import appointment_released, attendance_changed
from scheduling.states import Category
from scheduling.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


@pytest.fixture
def pair(clinic, wish, desk) -> list[Attendance]:
    """Ruth and Dan, tomorrow at two."""
    both = (clinic.regular.pk, clinic.other.pk)
    visit = operations.book(wish(14, client_ids=both), by=desk).appointment
    return list(visit.attendances.order_by("client_id"))


@pytest.fixture
def news() -> list[tuple]:
    heard: list[tuple] = []

    def hear(sender, **said):
        heard.append((said.get("kind", "released"), said.get("notice")))

    attendance_changed.connect(hear, weak=False)
    appointment_released.connect(hear, weak=False)
    yield heard
    attendance_changed.disconnect(hear)
    appointment_released.disconnect(hear)


def states(pair: list[Attendance]) -> list[str]:
    visit = Appointment.objects.get(pk=pair[0].appointment_id)
    return [visit.state, *visit.attendances.order_by("client_id").values_list("state", flat=True)]


def test_one_person_cancels_and_only_their_seat_goes(pair, desk, news):
    operations.cancel_person(pair[0].pk, reason="client_request", by=desk, notice="standard")

    row = Attendance.objects.get(pk=pair[0].pk)
    assert states(pair) == ["scheduled", "cancelled", "expected"]
    assert (row.cancel_reason, row.cancelled_at, row.late_cancelled) == ("client_request", NOW, False)
    assert news == [("cancelled", "standard")]


def test_the_last_to_cancel_cancels_the_visit_and_undo_brings_them_back(pair, desk, news):
    operations.cancel_person(pair[0].pk, reason="client_request", by=desk)
    acted = operations.cancel_person(pair[1].pk, reason="other", text="moved away", by=desk)

    visit = Appointment.objects.get(pk=acted.appointment.pk)
    assert states(pair) == ["cancelled"] * 3
    assert (visit.cancel_reason, visit.cancel_text) == ("other", "moved away")
    assert news[-1] == ("released", None)

    operations.undo(acted.change.pk, by=desk)
    assert states(pair) == ["scheduled", "cancelled", "expected"]


def test_restoring_leaves_off_who_had_cancelled_before(pair, desk):
    operations.cancel_person(pair[0].pk, reason="client_request", by=desk)
    acted = operations.cancel_person(pair[1].pk, reason="client_request", by=desk)

    operations.restore(acted.appointment.pk, by=desk)

    assert states(pair) == ["scheduled", "cancelled", "expected"]


def test_a_group_meets_without_the_last_to_cancel(clinic, wish, desk):
    clinic.type.category = Category.GROUP
    clinic.type.save()
    visit = operations.book(wish(14), by=desk).appointment

    operations.cancel_person(visit.attendances.get().pk, reason="client_request", by=desk)

    visit.refresh_from_db()
    assert (visit.state, visit.attendances.get().state) == ("scheduled", "cancelled")


def test_late_is_a_fact_of_the_one_who_cancels(pair, desk):
    with clock.frozen(at(13)):
        operations.cancel_person(pair[0].pk, reason="client_request", by=desk)
        assert Attendance.objects.get(pk=pair[0].pk).late_cancelled

        back = operations.put_back(pair[0].pk, by=desk).appointment
        row = Attendance.objects.get(pk=pair[0].pk)
    assert (row.state, row.late_cancelled, row.cancelled_at, row.cancel_reason) == (
        "expected",
        False,
        None,
        "",
    )
    assert back.edition == 3


def test_who_comes_back_is_asked_to_confirm_anew(pair, desk):
    operations.confirm(pair[0].pk, by=desk)
    operations.cancel_person(pair[0].pk, reason="client_request", by=desk)

    operations.put_back(pair[0].pk, by=desk)

    assert Attendance.objects.get(pk=pair[0].pk).confirmed_at is None


@pytest.mark.parametrize("reason", ["", "because"])
def test_a_seat_needs_a_reason_too(pair, desk, reason):
    with pytest.raises(Refusal, match="Say why"):
        operations.cancel_person(pair[0].pk, reason=reason, by=desk)


def test_each_may_cancel_for_themselves_only(pair, clinic):
    themselves = Actor(kind=ActorKind.CLIENT, id=pair[0].client_id, via="portal")
    with pytest.raises(NotAllowed):
        operations.cancel_person(pair[1].pk, reason="client_request", by=themselves)

    operations.cancel_person(pair[0].pk, reason="client_request", by=themselves)

    assert states(pair) == ["scheduled", "cancelled", "expected"]


def test_a_contact_may_cancel_where_the_record_says_so(pair):
    mother = ClientContactFactory(client=pair[0].client, may_cancel=True)
    father = ClientContactFactory(client=pair[0].client, may_confirm=True)
    with pytest.raises(NotAllowed):
        cancel_person(
            pair[0].pk, reason="client_request", by=Actor(kind=ActorKind.CONTACT, id=father.pk, via="sms")
        )

    cancel_person(
        pair[0].pk, reason="client_request", by=Actor(kind=ActorKind.CONTACT, id=mother.pk, via="sms")
    )

    assert states(pair)[1] == "cancelled"


def test_what_somebody_looked_at_must_still_be_so(pair, desk):
    operations.confirm(pair[0].pk, by=desk)
    with pytest.raises(StaleEdit):
        operations.cancel_person(pair[0].pk, reason="client_request", edition=1, by=desk)
    with pytest.raises(StaleEdit, match="moved since"):
        operations.cancel_person(pair[0].pk, reason="client_request", occurrence=7, by=desk)


def test_who_is_here_is_not_taken_off(pair, desk):
    with clock.frozen(at(14)):
        operations.check_in(pair[0].pk, by=desk)
        with pytest.raises(WrongState, match="has arrived"):
            operations.cancel_person(pair[0].pk, reason="client_request", by=desk)
        with pytest.raises(WrongState):
            operations.put_back(pair[1].pk, by=desk)


def test_one_more_person_joins_a_booked_visit(pair, desk, news):
    child = ClientFactory()
    visit = Appointment.objects.get(pk=pair[0].appointment_id)

    acted = operations.add_person(visit.pk, client_id=child.pk, by=desk, edition=1)

    assert states(pair) == ["scheduled", "expected", "expected", "expected"]
    assert CareTeam.objects.filter(client=child, provider=visit.provider).exists()
    assert (acted.appointment.edition, news) == (2, [("added", "standard")])

    operations.undo(acted.change.pk, by=desk)
    assert not Attendance.objects.filter(client=child).exists()
    assert not CareTeam.objects.filter(client=child).exists()


def test_adding_who_had_cancelled_gives_the_old_seat_back(pair, desk):
    operations.cancel_person(pair[0].pk, reason="client_request", by=desk)

    operations.add_person(pair[0].appointment_id, client_id=pair[0].client_id, by=desk)

    assert states(pair) == ["scheduled", "expected", "expected"]
    with pytest.raises(Refusal, match="already on"):
        operations.add_person(pair[0].appointment_id, client_id=pair[0].client_id, by=desk)


def test_only_what_their_coming_adds_stands_against_it(pair, clinic, wish, desk):
    """The visit is outside the hours, which was overridden at booking; the new person is busy elsewhere."""
    child = ClientFactory()
    night = operations.book(wish(20), by=desk, override_reason="meant so").appointment
    elsewhere = operations.book(
        wish(20, 15, provider_id=clinic.colleague.pk, client_ids=(child.pk,)),
        by=desk,
        override_reason="so meant",
    ).appointment

    with pytest.raises(Blocked) as refused:
        operations.add_person(night.pk, client_id=child.pk, by=desk)
    assert [(p.code, p.blocking["id"]) for p in refused.value.problems] == [("client_busy", elsewhere.pk)]

    operations.add_person(night.pk, client_id=child.pk, by=desk, override_reason="both are meant")
    night.refresh_from_db()
    assert [(line["code"], line["reason"]) for line in night.overrides] == [
        ("outside_hours", "meant so"),
        ("client_busy", "both are meant"),
    ]
    assert not night.overbooked_provider


def test_joining_keeps_an_overbooked_visit_overbooked(clinic, wish, desk):
    operations.book(wish(14), by=desk)
    over = operations.book(wish(14, client_ids=(clinic.other.pk,)), by=desk, override_reason="urgent")

    operations.add_person(over.appointment.pk, client_id=ClientFactory().pk, by=desk)

    over.appointment.refresh_from_db()
    assert over.appointment.overbooked_provider


def test_nobody_joins_a_full_or_ended_visit(pair, desk):
    child = ClientFactory()
    Appointment.objects.filter(pk=pair[0].appointment_id).update(capacity=2)
    with pytest.raises(Refusal, match="places are taken"):
        operations.add_person(pair[0].appointment_id, client_id=child.pk, by=desk)

    operations.cancel(pair[0].appointment_id, reason="weather", by=desk)
    with pytest.raises(WrongState):
        operations.add_person(pair[0].appointment_id, client_id=child.pk, by=desk)


def test_undo_of_a_cancelled_seat_refuses_once_the_visit_moved_on(pair, clinic, desk):
    """Their plan was for the old time; a seat given back now would have none for the new one."""
    acted = operations.cancel_person(pair[0].pk, reason="client_request", by=desk)
    to = Place(provider_id=clinic.provider.pk, starts_at=at(16), minutes=50)
    operations.move(pair[0].appointment_id, to=to, by=desk)

    with pytest.raises(StaleEdit):
        operations.undo(acted.change.pk, by=desk)


def test_the_same_press_twice_acts_once(pair, desk):
    first = operations.cancel_person(pair[0].pk, reason="client_request", by=desk)
    again = operations.cancel_person(pair[0].pk, reason="client_request", by=desk, change_id=first.change.pk)

    assert again.repeated
    assert AuditEntry.objects.filter(act="attendance.cancelled").count() == 1


def test_a_colleague_may_neither_cancel_nor_add(pair, actor, clinic):
    by = actor(clinic.colleague.user)
    for act in (
        lambda: operations.cancel_person(pair[0].pk, reason="client_request", by=by),
        lambda: operations.add_person(pair[0].appointment_id, client_id=clinic.other.pk, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_unknown_attendance_is_gone(desk, clinic):
    with pytest.raises(Refusal, match="no longer exists"):
        operations.put_back(987654, by=desk)
