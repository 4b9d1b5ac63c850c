"""Who waits for a time, as the list would look on an ordinary morning."""

import datetime as dt

from config.demo.chance import Chance
from config.demo.people import People
from config.demo.places import Places
from scheduling.models import AppointmentType
from waitlist.models import WaitlistEntry
from waitlist.operations.ageing import rescore

# kind, providers, days, hours, urgency, referral, days waited, most days, short notice, which of the unnamed clients
WAITING = (
    ("Follow-up", ("Lee",), (1, 3), (12, 17), "urgent", "physician", 23, 60, True, 3),
    ("Follow-up", ("Smith",), (), (8, 12), "routine", "self", 41, 90, True, 9),
    ("Intake", (), (), (), "soon", "hospital", 12, 30, True, 14),
    ("Follow-up", (), (0, 2, 4), (15, 18), "routine", "school", 8, None, False, 21),
    ("Medication", ("Ruiz",), (), (), "soon", "physician", 5, 14, True, 33),
    ("Follow-up", ("Nair", "Becker"), (), (9, 13), "routine", "self", 17, 60, False, 40),
    ("Intake", ("Smith",), (1,), (), "routine", "self", 30, 60, False, 47),
    ("Follow-up", ("Lee", "Smith"), (), (), "routine", "self", 2, None, True, 52),
)


def make_waiting(chance: Chance, people: People, places: Places, now: dt.datetime) -> None:
    kinds = {kind.name: kind for kind in AppointmentType.objects.all()}
    for kind, last_names, days, hours, urgency, referral, waited, most, quick, number in WAITING:
        joined = now - dt.timedelta(days=waited, minutes=chance.randint(0, 400))
        WaitlistEntry.objects.create(
            public_id=chance.uuid(),
            client=people.others[number],
            type=kinds[kind],
            provider_ids=sorted(places.providers[name].pk for name in last_names),
            weekdays=list(days),
            from_time=dt.time(hours[0]) if hours else None,
            until_time=dt.time(hours[1]) if hours else None,
            urgency=urgency,
            referral=referral,
            max_wait_days=most,
            expires_on=(joined + dt.timedelta(days=most + 1)).date() if most else None,
            is_quick=quick,
            created_at=joined,
            turn_at=joined,
        )
    rescore(now)
