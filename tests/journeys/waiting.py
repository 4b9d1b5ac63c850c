"""Run inside the living practice (`manage.py shell`): a visit to cancel and two who wait for just its time, as JSON."""

import datetime as dt
import json
import sys
from pathlib import Path

from core import clock
from core.actors import SYSTEM
from practice.queries import the_practice
from scheduling.models import Appointment
from waitlist.models import WaitlistEntry
from waitlist.operations.entries import add_entry
from waitlist.rules.wishes import EntryWish

HERE = Path("tests/journeys/openings.py").read_text().partition("\nsys.stdout")[0]
shared: dict = {}
exec(HERE, shared)  # noqa: S102  our own file, for `somebody`


def one_visit(zone):
    """Of one adult, ordinary, two to ten days ahead, in the middle of the day."""
    now = clock.now()
    visits = Appointment.objects.filter(
        state="scheduled", type__name="Follow-up", starts_at__gt=now + dt.timedelta(days=2),
        starts_at__lt=now + dt.timedelta(days=12), modality="in_person",
    ).select_related("provider")  # fmt: skip
    for visit in visits.order_by("starts_at", "pk"):
        if 10 <= visit.starts_at.astimezone(zone).hour < 16 and visit.attendances.count() == 1:
            return visit
    raise SystemExit("no such visit")


def waiting(visit, local):
    """Whoever waited before is not asked; these two are new, may be texted, and want this hour: others may be free."""
    WaitlistEntry.objects.update(auto_match=False)
    hours = {"from_time": local.time(), "until_time": (local + dt.timedelta(minutes=30)).time()}
    found = []
    for client, number in (shared["somebody"](visit.provider) for _ in range(2)):
        wish = EntryWish(type_id=visit.type_id, provider_ids=(visit.provider_id,), urgency="urgent",
                         weekdays=(local.weekday(),), **hours)  # fmt: skip
        entry = add_entry(client.pk, wish, by=SYSTEM).entry
        found.append({"client": client.pk, "name": client.name, "number": number, "entry": entry.pk,
                      "public_id": str(client.public_id)})  # fmt: skip
    return found


def chosen():
    zone = the_practice().tz
    visit = one_visit(zone)
    local = visit.starts_at.astimezone(zone)
    first, second = waiting(visit, local)
    return {
        "visit": str(visit.public_id), "starts_at": visit.starts_at.isoformat(), "on": local.date().isoformat(),
        "said": f"{local.hour % 12 or 12}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}",
        "first": first, "second": second,
    }  # fmt: skip


sys.stdout.write(json.dumps(chosen()) + "\n")
