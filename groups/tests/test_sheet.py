import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse

from core import clock
from core.refusals import NotAllowed, Refusal
from groups import operations
from groups.models import Group, Meeting
from groups.operations import CannotJoin
from groups.queries.sheet import history_of, sheet_of
from groups.states import Flag
from groups.tests.factories import MembershipFactory
from groups.tests.test_sessions import book
from practice.models import KeepApart
from practice.tests.factories import ClientFactory
from scheduling.models import Attendance, Charge
from scheduling.operations import complete, undo
from scheduling.rules.marks import Mark
from scheduling.rules.moves import WrongState
from scheduling.tests.conftest import NEW_YORK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HX = {"HX-Request": "true"}
TEN = dt.datetime(2026, 11, 25, 10, tzinfo=NEW_YORK)


def after(minutes: int) -> dt.datetime:
    return TEN + dt.timedelta(minutes=minutes)


@pytest.fixture
def session(group, hall, leader) -> Meeting:
    """Three members of the first of two sessions, which began five minutes ago."""
    names = (("Ana", "Pereira"), ("Brian", "Kelly"), ("Carla", "Moss"))
    for first, last in names:
        MembershipFactory(group=group, client=ClientFactory(first_name=first, last_name=last))
    visits = book(group, leader, 2)
    with clock.frozen(after(5)):
        yield visits[0].meeting


def seat(session: Meeting, first_name: str) -> Attendance:
    return session.appointment.attendances.get(client__first_name=first_name)


def marks(session: Meeting, by) -> dict[str, str]:
    rows = sheet_of(session.appointment, session.group, by).rows
    return {row.name: row.mark.value for row in rows}


def tap(session: Meeting, first_name: str, mark: str, by, **other) -> None:
    operations.mark_member(session.pk, seat(session, first_name).pk, mark=mark, by=by, **other)


def url(session: Meeting, name: str = "sheet") -> str:
    return reverse(f"groups:{name}", args=[session.appointment.public_id])


def posted(person: Attendance, mark: str, **other) -> dict:
    return {"change_id": str(uuid.uuid4()), "attendance": person.pk, "mark": mark} | other


def test_each_mark_is_a_fact_and_the_counters_follow(session, leader):
    tap(session, "Ana", "here", leader)
    tap(session, "Brian", "late", leader, at=after(12))
    tap(session, "Carla", "excused", leader, note="called")

    assert marks(session, leader) == {"Ana P.": "here", "Brian K.": "late", "Carla M.": "excused"}
    assert (seat(session, "Brian").arrived_at, seat(session, "Ana").arrived_at) == (after(12), after(5))
    assert seat(session, "Carla").note == "called"
    sheet = sheet_of(session.appointment, session.group, leader)
    assert (sheet.marked, sheet.unmarked, dict(sheet.counts)) == (3, 0, {"here": 1, "late": 1, "excused": 1})


def test_a_tap_sent_twice_counts_once(session, leader):
    once = uuid.uuid4()
    for _ in range(2):
        tap(session, "Ana", "here", leader, change_id=once, seen_at=after(4))

    assert [line.what for line in history_of(seat(session, "Ana")) if line.what == "here"] == ["here"]


def test_the_last_fact_stands_and_an_older_tap_that_arrives_later_is_history(
    session, leader, actor, colleague
):
    Group.objects.update(co_facilitator=colleague)
    type(session.appointment).objects.filter(pk=session.appointment_id).update(co_provider=colleague)
    other = actor(colleague)
    tap(session, "Ana", "absent", other, seen_at=after(4))
    tap(session, "Ana", "here", leader, seen_at=after(2))  # made before, without a connection

    assert marks(session, leader)["Ana P."] == "absent"
    story = [(line.what, line.who, line.overtaken) for line in history_of(seat(session, "Ana"))]
    assert story[:2] == [("here", "Maya Smith", True), ("absent", "Owen Brandt", False)]


def test_undo_of_a_tap_that_was_overtaken_leaves_the_member_on_the_session(session, leader):
    tap(session, "Ana", "absent", leader, seen_at=after(4))
    late = uuid.uuid4()
    tap(session, "Ana", "here", leader, change_id=late, seen_at=after(2))

    undo(late, by=leader)

    assert marks(session, leader)["Ana P."] == "absent"


def test_marks_are_corrected_and_taken_away(session, leader):
    for mark in ("here", "absent", "late", "none"):
        tap(session, "Ana", mark, leader)

    row = seat(session, "Ana")
    assert (row.state, row.arrived_at, row.is_late) == ("expected", None, False)


def test_nobody_is_absent_before_it_begins_and_only_excuses_come_early(group, hall, leader):
    MembershipFactory(group=group, client=hall.regular)
    visits = book(group, leader, 1)
    person = visits[0].attendances.get()

    for mark in ("here", "absent"):
        with pytest.raises(Refusal, match="later day"):
            operations.mark_member(visits[0].meeting.pk, person.pk, mark=mark, by=leader)
    operations.mark_member(visits[0].meeting.pk, person.pk, mark="excused", by=leader)
    with clock.frozen(after(-30)), pytest.raises(Refusal, match="not begun"):
        operations.mark_member(visits[0].meeting.pk, person.pk, mark="absent", by=leader)


def test_a_stranger_marks_nobody(session, actor, colleague, biller):
    for who in (colleague, biller):
        with pytest.raises(NotAllowed):
            tap(session, "Ana", "here", actor(who))


def test_completed_it_charges_once_and_a_correction_adjusts(session, leader):
    session.appointment.type.__class__.objects.filter(pk=session.appointment.type_id).update(
        is_billable=True, rate="60.00", cpt_code="90853"
    )
    tap(session, "Ana", "here", leader)
    tap(session, "Brian", "late", leader)
    tap(session, "Carla", "excused", leader)
    once = uuid.uuid4()
    for _ in range(2):
        complete(session.appointment_id, by=leader, change_id=once)

    session.appointment.refresh_from_db()
    charged = Charge.objects.standing().filter(kind="service")
    assert set(charged.values_list("attendance__client__first_name", flat=True)) == {"Ana", "Brian"}
    tap(session, "Brian", "absent", leader)
    tap(session, "Carla", "late", leader, change_id=uuid.uuid4())

    charged = Charge.objects.standing().filter(kind="service")
    assert set(charged.values_list("attendance__client__first_name", flat=True)) == {"Ana", "Carla"}
    assert marks(session, leader) == {"Ana P.": "here", "Brian K.": "absent", "Carla M.": "late"}
    with pytest.raises(Refusal, match="completed"):
        tap(session, "Ana", "none", leader)


def test_a_finished_roster_is_frozen(session, leader, hall):
    for name in ("Ana", "Brian", "Carla"):
        tap(session, name, "here", leader)
    complete(session.appointment_id, by=leader)
    member = operations.refer(session.group_id, client_id=hall.regular.pk, by=leader).member

    acted = operations.enrol(member.pk, by=leader)

    assert acted.sessions == 1
    assert session.appointment.attendances.count() == 3


def test_all_here_leaves_what_was_said(session, leader, signed_in, hall):
    tap(session, "Carla", "excused", leader)

    answer = signed_in(hall.provider).post(
        url(session, "sheet-all-here"), {"change_id": str(uuid.uuid4())}, headers=HX
    )

    assert "Everybody left is here." in answer.content.decode()
    assert marks(session, leader) == {"Ana P.": "here", "Brian K.": "here", "Carla M.": "excused"}


def test_undo_of_all_here_takes_the_marks_back(session, leader):
    from scheduling.operations import mark_all_here  # noqa: PLC0415  only here

    change = mark_all_here(session.appointment_id, by=leader)

    undo(change.pk, by=leader)

    assert set(marks(session, leader).values()) == {"none"}


def test_somebody_walks_in_where_that_is_how_the_group_is(session, leader, hall):
    with pytest.raises(Refusal, match="for members"):
        operations.walk_in(session.pk, client_id=hall.regular.pk, by=leader)
    Group.objects.update(is_drop_in=True)

    acted = operations.walk_in(session.pk, client_id=hall.regular.pk, by=leader)

    assert marks(session, leader)["Rita R."] == "here"
    with pytest.raises(Refusal, match="already"):
        operations.walk_in(session.pk, client_id=hall.regular.pk, by=leader)
    undo(acted.change.pk, by=leader)
    assert "Rita R." not in marks(session, leader)


def test_who_is_kept_apart_does_not_walk_in_and_the_desk_is_not_told_why(session, desk, hall):
    Group.objects.update(is_drop_in=True)
    KeepApart.objects.create(
        client=min(hall.regular, seat(session, "Ana").client, key=lambda one: one.pk),
        other_client=max(hall.regular, seat(session, "Ana").client, key=lambda one: one.pk),
        reason="Stalking",
    )

    with pytest.raises(CannotJoin) as refusal:
        operations.walk_in(session.pk, client_id=hall.regular.pk, by=desk)

    assert "apart" not in refusal.value.message


def test_without_the_facilitator_somebody_decides(session, hall, leader, now):
    later = Meeting.objects.exclude(pk=session.pk).get()
    with pytest.raises(Refusal, match="Nobody leads"):
        operations.lead_alone(later.pk, by=leader)
    type(later.appointment).objects.filter(pk=later.appointment_id).update(co_provider=hall.colleague)
    operations.report_absent(later.pk, by=leader)
    later.refresh_from_db()
    assert later.flag == Flag.FACILITATOR_ABSENT

    acted = operations.lead_alone(later.pk, by=leader, change_id=uuid.uuid4())

    later = Meeting.objects.select_related("appointment").get(pk=later.pk)
    assert (later.flag, later.appointment.provider, later.appointment.co_provider) == (
        "",
        hall.colleague,
        None,
    )
    undo(acted.change.pk, by=leader)
    later = Meeting.objects.select_related("appointment").get(pk=later.pk)
    assert (later.flag, later.appointment.provider) == (Flag.FACILITATOR_ABSENT, hall.provider)
    operations.keep_session(later.pk, by=leader)
    later.refresh_from_db()
    assert later.flag == ""


def test_the_sheet_saves_a_tap_and_answers_with_the_row(session, signed_in, hall):
    browser, person = signed_in(hall.provider), seat(session, "Ana")

    page = browser.get(url(session)).content.decode()
    answer = browser.post(
        url(session, "sheet-mark"), posted(person, "late", at="10:27", age="60000"), headers=HX
    )

    assert "session 1 of 2" in page
    assert page.count('class="sheet__row"') == 3
    shown = answer.content.decode()
    assert 'value="late" aria-pressed="true"' in shown
    assert re.search(r"data-saved>10:27 am<", shown)
    assert "1 of 3 marked" in shown
    assert seat(session, "Ana").marked_at == after(4)


def test_a_tap_without_javascript_comes_back_to_the_sheet(session, signed_in, hall):
    answer = signed_in(hall.provider).post(url(session, "sheet-mark"), posted(seat(session, "Ana"), "here"))

    assert answer["Location"] == url(session)


def test_a_time_that_is_none_is_said_in_the_row(session, signed_in, hall):
    answer = signed_in(hall.provider).post(
        url(session, "sheet-mark"), posted(seat(session, "Ana"), "late", at="soon"), headers=HX
    )

    assert answer.status_code == 422
    assert "Write a time like 9:27" in answer.content.decode()


def test_completing_by_the_button_then_opening_it_again(session, signed_in, hall, leader):
    browser = signed_in(hall.provider)
    press = {"change_id": str(uuid.uuid4()), "edition": session.appointment.edition}
    refused = browser.post(url(session, "sheet-complete"), press, headers=HX)
    assert refused.status_code == 409
    assert "Say for each person" in refused.content.decode()
    for name in ("Ana", "Brian", "Carla"):
        tap(session, name, "here", leader)

    browser.post(url(session, "sheet-complete"), press | {"change_id": str(uuid.uuid4())}, headers=HX)
    session.appointment.refresh_from_db()
    assert session.appointment.state == "completed"
    assert "A tap now is a correction" in browser.get(url(session)).content.decode()
    again = {"change_id": str(uuid.uuid4()), "edition": session.appointment.edition}
    browser.post(url(session, "sheet-reopen"), again, headers=HX)

    session.appointment.refresh_from_db()
    assert session.appointment.state == "scheduled"
    assert set(marks(session, leader).values()) == {"here"}


def test_notes_are_neither_shown_to_nor_taken_from_who_may_not_read_them(
    session, signed_in, front_desk, leader
):
    tap(session, "Ana", "excused", leader, note="Aubergine")
    browser = signed_in(front_desk)

    assert "Aubergine" not in browser.get(url(session)).content.decode()
    browser.post(url(session, "sheet-mark"), posted(seat(session, "Ana"), "here", note="Mine"), headers=HX)

    assert (seat(session, "Ana").note, seat(session, "Ana").state) == ("Aubergine", "arrived")


def test_the_printed_sheet_says_no_more_than_the_setting(session, signed_in, hall):
    browser = signed_in(hall.provider)
    for how, said in (("first_initial", "Ana P."), ("first", "Ana"), ("full", "Ana Pereira")):
        Group.objects.update(sheet_names=how)
        shown = browser.get(url(session, "sheet-print")).content.decode()
        assert f'<th scope="row">{said}</th>' in shown
        assert ("Pereira" in shown) == (how == "full")
        assert session.group.name not in re.sub(r"(?s)<header.*?</header>", "", shown)


def test_the_story_of_one_member(session, signed_in, hall, leader):
    tap(session, "Ana", "here", leader)
    tap(session, "Ana", "absent", leader)
    address = reverse("groups:sheet-history", args=[session.appointment.public_id, seat(session, "Ana").pk])

    shown = signed_in(hall.provider).get(address).content.decode()

    assert shown.index("Absent") < shown.index("Here")
    assert "Maya Smith" in shown


def test_who_called_off_is_not_marked(session, leader):
    from scheduling.operations import cancel_person  # noqa: PLC0415  only here

    cancel_person(seat(session, "Ana").pk, reason="client_request", by=leader)

    with pytest.raises(WrongState, match="called this session off"):
        tap(session, "Ana", Mark.HERE, leader)
    sheet = sheet_of(session.appointment, session.group, leader)
    assert ([row.name for row in sheet.off], len(sheet.rows)) == (["Ana P."], 2)


def test_a_session_of_somebody_who_is_away_waits_for_a_decision_until_they_are_not(
    session, hall, actor, admin_user
):
    from scheduling.operations import hours  # noqa: PLC0415  only here
    from scheduling.queries.stranded import token_of  # noqa: PLC0415  only here

    later = Meeting.objects.exclude(pk=session.pk).get()
    facts = {"kind": "absent", "starts_at": dt.time(9), "ends_at": dt.time(12), "reason": "Conference"}
    admin = actor(admin_user)
    acted = hours.add_exception(
        hall.provider.pk,
        on=dt.date(2026, 12, 2),
        by=admin,
        seen=token_of([later.appointment.public_id]),
        **facts,
    )
    later.refresh_from_db()
    assert later.flag == Flag.AWAY

    undo(acted.change.pk, by=admin)

    later.refresh_from_db()
    assert later.flag == ""
