import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Group, Membership, Screening
from groups.states import GroupState, MemberState
from groups.tests.factories import GroupFactory, MeetingFactory, MembershipFactory
from practice.models import KeepApart
from practice.tests.factories import ClientFactory
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HX = {"HX-Request": "true"}


def page(group) -> str:
    return reverse("groups:group", args=[group.public_id])


def act(member, what: str) -> str:
    return reverse("groups:member-act", args=[member.pk, what])


def press(row, **other) -> dict:
    return {"change_id": str(uuid.uuid4()), "edition": row.edition} | other


def form_of(hall, **said) -> dict:
    return {
        "change_id": str(uuid.uuid4()),
        "edition": "",
        "name": "Sunday skills",
        "kind": "skills",
        "facilitator": hall.provider.pk,
        "type": hall.group_type.pk,
        "capacity": "12",
        "is_open": "on",
        "often": "weekly",
        "weekday": "6",
        "nth": "1",
        "at": "10",
        "minutes": "1h30",
        "starts_on": "2026-11-29",
        "modality": "in_person",
        "room": hall.hall.pk,
        "billing_mode": "per_attendance",
        "sheet_names": "first_initial",
    } | said


def test_a_therapist_sets_up_a_group_and_finds_it_in_the_list(hall, signed_in):
    browser = signed_in(hall.provider)

    answer = browser.post(reverse("groups:group-new"), form_of(hall), follow=True)

    group = Group.objects.get()
    assert answer.redirect_chain == [(page(group), 302)]
    assert (group.capacity, group.weekday, group.minutes, group.location) == (12, 6, 90, hall.location)
    shown = browser.get(reverse("groups:group-list")).content.decode()
    assert "Sunday skills" in shown
    assert "Every week on Sunday, 10:00–11:30 am" in shown


def test_somebody_else_cannot_be_made_to_lead_a_group(hall, signed_in):
    answer = signed_in(hall.provider).post(
        reverse("groups:group-new"), form_of(hall, facilitator=hall.colleague.pk)
    )

    assert answer.status_code == 422
    assert not Group.objects.exists()
    assert "Lead it yourself" in answer.content.decode()


def test_fewer_places_than_members_are_refused_and_the_choices_work(group, signed_in, hall):
    for _ in range(3):
        MembershipFactory(group=group)
    browser, url = signed_in(hall.provider), reverse("groups:group-edit", args=[group.public_id])
    posted = form_of(hall, name=group.name, capacity="2", edition=group.edition)

    answer = browser.post(url, posted)

    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Save with 3 places" in shown
    fresh = re.search(r'name="change_id" value="([^"]+)"', shown)[1]
    browser.post(url + "?close=1", posted | {"change_id": fresh, "keep": "3"})
    group.refresh_from_db()
    assert (group.capacity, group.state) == (3, GroupState.CLOSED)


def test_one_tap_enrols_and_offers_undo(group, hall, signed_in):
    member = MembershipFactory(
        group=group, client=hall.regular, state=MemberState.REFERRED, seat=None, enrolled_at=None
    )

    answer = signed_in(hall.provider).post(act(member, "enrol"), press(member), headers=HX)

    assert answer.status_code == 200
    assert "has a place now" in answer.content.decode()
    assert "toast__undo" in answer.content.decode()
    assert Membership.objects.get().state == MemberState.ENROLLED


def test_the_next_in_line_is_offered_a_freed_place(group, hall, signed_in, now):
    browser = signed_in(hall.provider)
    members = [MembershipFactory(group=group) for _ in range(4)]
    MembershipFactory(
        group=group,
        client=hall.regular,
        state=MemberState.WAITING,
        seat=None,
        enrolled_at=None,
        waiting_since=now,
    )
    assert "Give it to the next in line" not in browser.get(page(group)).content.decode()

    browser.post(reverse("groups:member-exit", args=[members[0].pk]), press(members[0], reason="completed"))

    shown = browser.get(page(group)).content.decode()
    assert f"{hall.regular.name} has waited longest" in shown


def test_screening_notes_are_for_clinical_staff_alone(group, hall, signed_in, front_desk, biller):
    member = MembershipFactory(group=group, client=hall.regular)
    Screening.objects.create(
        membership=member, by=hall.provider.user, on="2026-11-20", is_approved=True, notes="Aubergine"
    )

    shown = {
        who: "Aubergine" in signed_in(who).get(page(group)).content.decode()
        for who in (hall.provider, front_desk, biller)
    }

    assert list(shown.values()) == [True, False, False]


def test_screening_by_form_keeps_notes_encrypted(group, hall, signed_in):
    type(group).objects.update(needs_screening=True)
    member = MembershipFactory(
        group=group, client=hall.regular, state=MemberState.REFERRED, seat=None, enrolled_at=None
    )
    browser = signed_in(hall.provider)

    answer = browser.post(
        reverse("groups:member-screen", args=[member.pk]),
        press(member, decision="approve", notes="Aubergine"),
        follow=True,
    )

    assert "may join" in answer.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT notes FROM groups_screening")
        assert "Aubergine" not in cursor.fetchone()[0]
    assert Screening.objects.get().notes == "Aubergine"


def test_the_desk_learns_that_it_cannot_be_and_not_why(group, hall, signed_in, front_desk):
    MembershipFactory(group=group, client=hall.regular)
    KeepApart.objects.create(client=hall.regular, other_client=hall.other, reason="Restraining order")

    answer = signed_in(front_desk).post(
        reverse("groups:member-refer", args=[group.public_id]),
        {"change_id": str(uuid.uuid4()), "client": str(hall.other.public_id), "q": hall.other.name},
    )

    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "cannot be placed in this group" in shown
    assert not any(word in shown for word in ("apart", "Restraining", hall.regular.last_name))


def test_a_colleague_does_not_find_the_group(group, hall, signed_in):
    browser = signed_in(hall.colleague)

    assert browser.get(page(group)).status_code == 404
    assert group.name not in browser.get(reverse("groups:group-list")).content.decode()


def test_a_session_to_which_nobody_came_waits_for_nothing(group, hall, signed_in, now):
    for days, states in ((7, ["absent", "absent"]), (14, ["absent", "expected"])):
        visit = AppointmentFactory(
            type=group.type, provider=group.facilitator, starts_at=now - dt.timedelta(days=days)
        )
        MeetingFactory(group=group, appointment=visit)
        for state in states:
            AttendanceFactory(appointment=visit, state=state)

    shown = signed_in(hall.provider).get(page(group)).content.decode()

    assert shown.count("nobody came") == 1
    assert shown.count("not completed") == 1


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_asks_as_often_for_three_groups_as_for_one(many, hall, signed_in):
    for _ in range(many):
        MembershipFactory(group=GroupFactory(facilitator=hall.provider, co_facilitator=hall.colleague))
    browser = signed_in(hall.provider)
    browser.get(reverse("groups:group-list"))

    with CaptureQueriesContext(
        connection,
    ) as asked:
        browser.get(reverse("groups:group-list"))

    assert len(asked) == 5, [q["sql"][:90] for q in asked]


@pytest.mark.parametrize("many", [1, 3])
def test_the_page_asks_as_often_for_three_members_as_for_one(many, group, hall, signed_in):
    for _ in range(many):
        member = MembershipFactory(group=group)
        Screening.objects.create(membership=member, by=hall.provider.user, on="2026-11-20", is_approved=True)
    browser = signed_in(hall.provider)
    browser.get(page(group))

    with CaptureQueriesContext(connection) as asked:
        browser.get(page(group))

    assert len(asked) == 8, [q["sql"][:90] for q in asked]


def test_a_button_that_does_not_exist_does_nothing(group, hall, signed_in):
    member = MembershipFactory(group=group, client=ClientFactory())

    assert signed_in(hall.provider).post(act(member, "promote"), press(member)).status_code == 404
