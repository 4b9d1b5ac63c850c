import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.refusals import NotAllowed, Refusal, StaleEdit
from groups import operations
from groups.models import Membership, Screening
from groups.operations import CannotJoin, CapacityBelow, GroupFacts, GroupFull
from groups.rules.seats import WrongState
from groups.states import ExitReason, GroupState, MemberState
from groups.tests.factories import GroupFactory, MembershipFactory
from practice.models import AuditEntry, KeepApart
from practice.tests.factories import ClientFactory
from scheduling.operations import undo
from scheduling.tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def facts_of(group, **other) -> GroupFacts:
    names = GroupFacts.__dataclass_fields__
    return GroupFacts(**{name: getattr(group, name) for name in names} | other)


def test_a_client_is_referred_screened_and_enrolled(group, hall, leader, desk):
    type(group).objects.update(needs_screening=True)
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=desk).member

    with pytest.raises(Refusal, match="screens before"):
        operations.enrol(member.pk, by=desk)
    operations.screen(member.pk, is_approved=True, notes="Fits well", by=leader)
    acted = operations.enrol(member.pk, by=desk)

    assert (acted.member.state, acted.member.seat, acted.member.enrolled_at) == (MemberState.ENROLLED, 1, NOW)
    assert Screening.objects.values_list("is_approved", "by").get() == (True, leader.id)
    assert "Fits well" not in str(list(AuditEntry.objects.values("before", "after")))


def test_who_is_declined_may_be_referred_anew(group, hall, leader, desk):
    type(group).objects.update(needs_screening=True)
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=desk).member
    operations.screen(member.pk, is_approved=False, by=leader)

    again = operations.refer(group.pk, client_id=hall.regular.pk, by=desk).member

    states = list(Membership.objects.order_by("pk").values_list("state", flat=True))
    assert states == [MemberState.DECLINED, MemberState.REFERRED]
    assert again.pk != member.pk


def test_the_desk_does_not_screen(group, hall, desk):
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=desk).member

    with pytest.raises(NotAllowed):
        operations.screen(member.pk, is_approved=True, by=desk)


def test_nobody_is_twice_in_a_group(group, hall, desk):
    operations.refer(group.pk, client_id=hall.regular.pk, by=desk)

    with pytest.raises(Refusal, match="in the group already"):
        operations.refer(group.pk, client_id=hall.regular.pk, by=desk)


def test_a_full_group_refuses_and_a_place_goes_to_who_waits_longest(group, hall, desk):
    members = [MembershipFactory(group=group) for _ in range(4)]
    first, second = (
        operations.refer(group.pk, client_id=ClientFactory().pk, by=desk).member for _ in range(2)
    )
    with pytest.raises(GroupFull):
        operations.enrol(first.pk, by=desk)
    operations.wait_in_line(first.pk, by=desk)
    with clock.frozen(NOW + dt.timedelta(minutes=1)):
        operations.wait_in_line(second.pk, by=desk)
    operations.exit_member(members[1].pk, reason=ExitReason.COMPLETED, by=desk)

    assert list(group.memberships.in_line()) == [first, second]
    acted = operations.enrol(first.pk, by=desk)
    assert acted.member.seat == 2
    with pytest.raises(GroupFull):
        operations.enrol(second.pk, by=desk)


def test_on_hold_the_place_is_kept(group, hall, desk):
    member = MembershipFactory(group=group, client=hall.regular)

    operations.hold_member(member.pk, by=desk)
    member.refresh_from_db()
    assert (member.state, member.seat, member.held_at) == (MemberState.HELD, 1, NOW)
    operations.resume(member.pk, by=desk)
    member.refresh_from_db()
    assert (member.state, member.seat, member.held_at) == (MemberState.ENROLLED, 1, None)


def test_who_left_comes_back_as_a_new_spell(group, hall, desk):
    member = MembershipFactory(group=group, client=hall.regular)
    operations.exit_member(member.pk, reason=ExitReason.MOVED_AWAY, by=desk)

    again = operations.refer(group.pk, client_id=hall.regular.pk, by=desk).member
    operations.enrol(again.pk, by=desk)

    spells = Membership.objects.filter(client=hall.regular).order_by("pk")
    assert list(spells.values_list("state", "seat", "exit_reason")) == [
        (MemberState.EXITED, None, ExitReason.MOVED_AWAY),
        (MemberState.ENROLLED, 1, ""),
    ]


@pytest.mark.parametrize(("reason", "text"), [("", ""), ("nonsense", ""), (ExitReason.OTHER, " ")])
def test_leaving_needs_a_reason(group, hall, desk, reason, text):
    member = MembershipFactory(group=group, client=hall.regular)

    with pytest.raises(Refusal, match="Say why"):
        operations.exit_member(member.pk, reason=reason, text=text, by=desk)


def test_an_expartner_is_refused_and_the_desk_is_not_told_why(group, hall, leader, desk):
    MembershipFactory(group=group, client=hall.regular)
    KeepApart.objects.create(client=hall.regular, other_client=hall.other, reason="Restraining order")

    with pytest.raises(CannotJoin) as to_desk:
        operations.refer(group.pk, client_id=hall.other.pk, by=desk)
    hall.other.care_team.create(provider=hall.provider)
    with pytest.raises(CannotJoin) as to_leader:
        operations.refer(group.pk, client_id=hall.other.pk, by=leader)

    assert to_desk.value.message == "This client cannot be placed in this group."
    assert "apart" not in to_desk.value.message + to_desk.value.remedy
    assert to_leader.value.message == f"This client and {hall.regular.name} are kept apart: Restraining order"
    assert not Membership.objects.filter(client=hall.other).exists()


def test_who_is_kept_apart_since_the_referral_is_not_enrolled(group, hall, desk):
    MembershipFactory(group=group, client=hall.regular)
    member = operations.refer(group.pk, client_id=hall.other.pk, by=desk).member
    KeepApart.objects.create(client=hall.other, provider=group.facilitator)

    with pytest.raises(CannotJoin):
        operations.enrol(member.pk, by=desk)


def test_fewer_places_than_members_are_refused_with_the_choices(group, hall, leader):
    for _ in range(3):
        MembershipFactory(group=group)

    with pytest.raises(CapacityBelow) as refusal:
        operations.save_group(group.pk, facts_of(group, capacity=2), by=leader)

    assert refusal.value.taken == 3
    assert "Keep 3 and close the group" in refusal.value.remedy


def test_fewer_places_move_who_sits_beyond_them(group, hall, leader):
    members = [MembershipFactory(group=group) for _ in range(4)]
    operations.exit_member(members[0].pk, reason=ExitReason.COMPLETED, by=leader)

    acted = operations.save_group(group.pk, facts_of(group, capacity=3), by=leader)

    assert sorted(group.memberships.seated().values_list("seat", flat=True)) == [1, 2, 3]
    undo(acted.change.pk, by=leader)
    group.refresh_from_db()
    assert group.capacity == 4
    assert sorted(group.memberships.seated().values_list("seat", flat=True)) == [2, 3, 4]


def test_the_table_itself_refuses_a_seat_beyond_the_capacity(group):
    member = MembershipFactory(group=group)

    with pytest.raises(IntegrityError, match="beyond the capacity"), transaction.atomic():
        Membership.objects.filter(pk=member.pk).update(seat=5)
    Membership.objects.filter(pk=member.pk).update(seat=4)
    with pytest.raises(IntegrityError, match="below a seat"), transaction.atomic():
        type(group).objects.filter(pk=group.pk).update(capacity=3)


def test_an_old_copy_changes_nothing(group, hall, desk):
    member = MembershipFactory(group=group, client=hall.regular, edition=2)

    with pytest.raises(StaleEdit):
        operations.hold_member(member.pk, edition=1, by=desk)


def test_a_place_is_given_once_however_often_the_button_is_pressed(group, hall, desk):
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=desk).member
    first = operations.enrol(member.pk, by=desk, change_id=None)

    again = operations.enrol(member.pk, by=desk, change_id=first.change.pk)

    assert again.repeated
    assert group.memberships.seated().count() == 1


def test_who_has_left_can_do_nothing_more(group, hall, desk):
    member = MembershipFactory(group=group, client=hall.regular)
    operations.exit_member(member.pk, reason=ExitReason.COMPLETED, by=desk)

    for act in (operations.enrol, operations.hold_member, operations.resume, operations.wait_in_line):
        with pytest.raises(WrongState, match="has left"):
            act(member.pk, by=desk)


def test_only_who_leads_it_or_an_admin_edits_a_group(group, actor, colleague, front_desk, admin_user):
    for who in (colleague, front_desk):
        with pytest.raises(NotAllowed):
            operations.save_group(group.pk, facts_of(group, name="Other"), by=actor(who))

    operations.save_group(group.pk, facts_of(group, name="Other"), by=actor(admin_user))

    group.refresh_from_db()
    assert (group.name, group.edition) == ("Other", 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"capacity": 15}, "Hall holds 15; with everybody who leads it, 16 would come."),
        ({"ends_on": dt.date(2026, 1, 1)}, "It ends before it begins."),
        ({"name": "anger"}, "There is already a group with this name."),
    ],
)
def test_a_group_that_cannot_be_is_refused(group, leader, wrong, message):
    GroupFactory(name="Anger")

    with pytest.raises(Refusal, match=message):
        operations.save_group(group.pk, facts_of(group, **wrong), by=leader)


def test_a_group_cannot_be_led_by_one_person_twice_nor_have_another_kind_of_type(group, leader, hall):
    for wrong in ({"co_facilitator_id": group.facilitator_id}, {"type_id": hall.type.pk}):
        with pytest.raises(Refusal):
            operations.save_group(group.pk, facts_of(group, **wrong), by=leader)


def test_a_closed_group_takes_nobody_in_and_an_empty_one_is_archived(group, hall, leader):
    acted = operations.set_group_state(group.pk, state=GroupState.CLOSED, by=leader)
    with pytest.raises(Refusal, match="no new members"):
        operations.refer(group.pk, client_id=hall.regular.pk, by=leader)
    with pytest.raises(Refusal, match="says so already"):
        operations.set_group_state(group.pk, state=GroupState.CLOSED, by=leader)
    undo(acted.change.pk, by=leader)
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=leader).member
    with pytest.raises(Refusal, match="still has members"):
        operations.set_group_state(group.pk, state=GroupState.ARCHIVED, by=leader)
    operations.exit_member(member.pk, reason=ExitReason.COMPLETED, by=leader)

    operations.set_group_state(group.pk, state=GroupState.ARCHIVED, by=leader)

    group.refresh_from_db()
    assert group.state == GroupState.ARCHIVED


def test_undo_of_an_enrolment_frees_the_place_unless_somebody_acted_since(group, hall, desk):
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=desk).member
    acted = operations.enrol(member.pk, by=desk)
    undo(acted.change.pk, by=desk)
    member.refresh_from_db()
    assert (member.state, member.seat, member.enrolled_at) == (MemberState.REFERRED, None, None)

    acted = operations.enrol(member.pk, by=desk)
    operations.hold_member(member.pk, by=desk)
    with pytest.raises(StaleEdit):
        undo(acted.change.pk, by=desk)


def test_status_says_full_when_every_place_is_taken(group):
    for _ in range(4):
        MembershipFactory(group=group)

    counted = type(group).objects.with_counts().get()

    assert (counted.status, counted.taken, counted.waiting) == ("FULL", 4, 0)
