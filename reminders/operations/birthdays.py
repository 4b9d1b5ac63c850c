"""The day a client comes of age: what a guardian may do ended at midnight, where the client lives.

Sending, links and answers look at the date themselves, so nothing depends on when this runs. It closes what was planned
for the guardian, takes their links back, and asks the desk to talk with the client about who may still be told.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q

from core import clock
from core.actors import SYSTEM
from messaging.models import StaffTask
from messaging.operations.tasks import raise_task
from messaging.states import TaskKind
from practice.models import Client, ClientContact, Practice
from practice.operations import links, record
from practice.queries import facts_of, the_practice, today_of
from practice.rules.contacts import BRING_UP, came_of_age_on
from reminders.operations.following import follow_clients

# Nobody comes of age later: rights given to the guardian of somebody older were given by an adult.
OLDEST = dt.timedelta(days=366 * 22)
HAS_A_SAY = Q(may_receive=True) | Q(may_confirm=True) | Q(may_cancel=True) | Q(may_see_past=True)


@transaction.atomic
def sweep_birthdays() -> int:
    """Harmless to repeat: a client whose birthday was dealt with has a task since. Returns for how many it was done."""
    now, practice = clock.now(), the_practice()
    ended = _ended(now, practice)
    told = StaffTask.objects.filter(kind=TaskKind.OF_AGE, client__in=ended)
    lately = dict(told.order_by("created_at").values_list("client_id", "created_at"))
    new = {pk: rows for pk, rows in ended.items() if pk not in lately or lately[pk].date() < _day(rows)}
    for client_id, rows in new.items():
        _end(client_id, [contact for contact, _ in rows], now)
    if new:
        follow_clients(set(new), now)
    return len(new)


Ended = list[tuple[ClientContact, dt.date]]


def _day(rows: Ended) -> dt.date:
    return max(day for _, day in rows)


def _ended(now: dt.datetime, practice: Practice) -> dict[int, Ended]:
    """{client: contacts whose rights a birthday has ended, with that day}. One query."""
    brings_up = Q(relationship__in=BRING_UP) | Q(has_legal_authority=True)
    rows = ClientContact.objects.filter(HAS_A_SAY, brings_up, never_contact=False)
    rows = rows.filter(client__birth_on__gt=F("rights_on") - OLDEST, client__birth_on__lt=now.date())
    found: dict[int, Ended] = defaultdict(list)
    for contact in rows.select_related("client").defer("custody_note").order_by("pk"):
        today = today_of(contact.client, now, practice)
        day = came_of_age_on(facts_of(contact), today=today, ages=practice.ages)
        if day is not None:
            found[contact.client_id].append((contact, day))
    return found


def _end(client_id: int, contacts: Collection[ClientContact], now: dt.datetime) -> None:
    raise_task(TaskKind.OF_AGE, now=now, client_id=client_id)
    for contact in contacts:
        links.revoke(client_id, contact_id=contact.pk, now=now)
    client = Client.objects.get(pk=client_id)
    record("client.came_of_age", client, by=SYSTEM, at=now, after={"contacts": [one.pk for one in contacts]})
