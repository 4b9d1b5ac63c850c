"""Nothing ever shows one member to another: what is made for one is searched for the other's planted words."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client as Browser
from django.urls import reverse

from core import clock
from groups import operations
from groups.tests.conftest import desk, group, hall, leader  # noqa: F401  the same group
from groups.tests.factories import MembershipFactory
from groups.tests.test_sessions import book, reachable
from messaging.models import Message
from practice.models import AuditEntry, Change
from practice.tests.factories import ClientFactory, given_link
from reminders.models import Reminder
from reminders.operations.promoting import promote
from reminders.queries.saying import decide_notices, decide_reminders
from reminders.states import NOTICE, REMINDER
from scheduling.operations import cancel, move
from scheduling.queries.problems import wish_of
from scheduling.rules.wishes import Place
from scheduling.tests.conftest import NEW_YORK, NOW, clinic, now  # noqa: F401  the same small clinic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

NAMES, MAIL, NOTE = ("Quillon", "Zephyrine"), "quince@example.com", "Marzipan"
PLANTED = (*NAMES, MAIL, NOTE)


@pytest.fixture
def two(group, hall, leader):  # noqa: F811
    """Rita and somebody whose every word could be told apart, on four sessions; the second of them was moved."""
    import_module("reminders.migrations.0002_default_rules").add(apps, None)
    first, last = NAMES
    other = ClientFactory(first_name=first, last_name=last, record_number="R-77341")
    for client, address in ((hall.regular, "rita@example.com"), (other, MAIL)):
        MembershipFactory(group=group, client=client)
        reachable(client, address)
    visits = book(group, leader)
    own = visits[1].attendances.get(client=other)
    with clock.frozen(dt.datetime(2026, 11, 30, 9, tzinfo=NEW_YORK)):
        operations.mark_member(visits[1].meeting.pk, own.pk, mark="excused", note=NOTE, by=leader)
        names = Place.__dataclass_fields__
        to = {name: getattr(wish_of(visits[1]), name) for name in names}
        later = Place(**to | {"starts_at": visits[1].starts_at + dt.timedelta(hours=3)})
        move(visits[1].pk, to=later, notice="standard", by=leader)
        cancel(visits[2].pk, reason="provider_unavailable", notice="standard", by=leader)
    return hall.regular, other, visits


def leaks(text: str) -> list[str]:
    return [word for word in (*PLANTED, "R-77341") if word.lower() in text.lower()]


def test_no_message_names_another_member(two):
    regular, _, _ = two
    later = dt.datetime(2026, 12, 16, 9, tzinfo=NEW_YORK)
    promote(later, 500)
    said = decide_reminders(
        list(Reminder.objects.filter(attendance__client=regular).values_list("pk", flat=True)), NOW
    )
    notices = Message.objects.filter(purpose=NOTICE, client=regular).values_list("subject", flat=True)
    said |= {("notice", pk): one for pk, one in decide_notices(list(notices), NOW).items()}

    spoken = [one for one in said.values() if hasattr(one, "text")]
    assert len(spoken) >= 4
    assert set(notices)
    for one in spoken:
        assert leaks(f"{one.text} {one.subject_line} {one.html} {one.links} {one.invitation}") == []
    assert Message.objects.filter(purpose=REMINDER, client=regular).exists()


def test_no_page_or_calendar_file_of_one_member_names_another(two, signed_in, provider):
    regular, _, visits = two
    browser = Browser()
    for visit in visits[:2]:
        token = given_link(regular, subject=visit.attendances.get(client=regular).pk)
        for name in ("own-visit", "own-file", "own-cancel", "own-move"):
            answer = browser.get(reverse(f"scheduling:{name}", args=[token]))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert leaks(body.decode()) == [], name
    member = visits[0].meeting.group.memberships.get(client=regular)
    with clock.frozen(dt.datetime(2026, 12, 20, 9, tzinfo=NEW_YORK)):
        shown = signed_in(provider).get(reverse("groups:member-history", args=[member.pk]))
    assert "Rita Regular" in shown.content.decode()
    assert leaks(shown.content.decode()) == []


def test_a_member_of_the_group_cannot_be_read_from_the_trail_the_changes_or_the_paper(
    two, signed_in, provider
):
    _, _, visits = two
    trail = str(list(AuditEntry.objects.values("act", "before", "after")))
    results = str(list(Change.objects.values("act", "result")))

    assert leaks(trail) == []
    assert leaks(results) == []
    paper = signed_in(provider).get(reverse("groups:sheet-print", args=[visits[0].public_id]))
    assert "Quillon Z." in paper.content.decode()
    assert [word for word in leaks(paper.content.decode()) if word != "Quillon"] == []


def test_addresses_and_exports_name_nobody(two, signed_in, provider):
    _, other, visits = two
    browser = signed_in(provider)
    group = visits[0].meeting.group  # noqa: F811  the one of the two
    pages = [
        reverse("groups:group", args=[group.public_id]),
        reverse("groups:sheet", args=[visits[0].public_id]),
        reverse("groups:group-history", args=[group.public_id]),
    ]
    for page in pages:
        addresses = [part.split('"')[0] for part in browser.get(page).content.decode().split('href="')[1:]]
        assert leaks(" ".join(addresses)) == []
    assert other.public_id  # what addresses carry instead


def test_a_spreadsheet_takes_no_name_for_a_formula(two, signed_in, provider, regular):
    _, _, visits = two
    regular.first_name = "=cmd|' /C calc'!A0"
    regular.save()
    group = visits[0].meeting.group  # noqa: F811  the one of the two
    with clock.frozen(dt.datetime(2026, 12, 20, 9, tzinfo=NEW_YORK)):
        answer = signed_in(provider).get(reverse("groups:group-export", args=[group.public_id]))
        body = b"".join(answer.streaming_content).decode()

    assert "=cmd" in body
    assert ",=cmd" not in body
    assert ',"=cmd' not in body
