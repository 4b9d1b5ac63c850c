"""A year of weekly visits looked at over HTTP: the table a front desk sees before anything is booked."""

import uuid
from collections.abc import Iterator

from django.urls import reverse

from config.bench import practice
from config.bench.bench import Case, Figures, Run
from config.bench.client import Client, timed_posts
from config.bench.databases import opened
from config.bench.processes import Children
from config.bench.server import web
from practice.models import Client as Person
from practice.states import ClientStatus

PEOPLE = 20


def series_preview_52(run: Run) -> Figures:
    """A year of weekly visits looked at: the table with what stands against each row. Another start each time."""
    with (
        opened(run.site) as database,
        Children(run.folder) as children,
        web(children, database) as port,
        Client(port) as desk,
    ):
        run.rows.update(practice.counted())
        desk.sign_in(*practice.sign_in_words())
        return timed_posts(desk, reverse("scheduling:series-new"), list(_forms()), n=run.options.n)


def _forms() -> Iterator[dict[str, str]]:
    """What the booking form posts for everybody's ordinary visit, weekly at ten, from each of the next weekdays."""
    people = Person.objects.filter(status=ClientStatus.ACTIVE).order_by("pk")[:PEOPLE]
    for client, on in zip(people, practice.next_weekdays(PEOPLE), strict=False):
        for offer in practice.ordinary_offers().values():
            yield {
                "change_id": str(uuid.uuid4()),
                "type": str(offer.type_id),
                "provider": str(offer.provider.public_id),
                "client": str(client.public_id),
                "q": client.name,
                "on": on.isoformat(),
                "at": "10:00",
                "minutes": str(offer.type.duration_minutes),
                "modality": offer.type.modalities[0],
                "repeats": "week",
                "interval": "1",
                "count": "52",
            }


CASES: dict[str, Case] = {"series_preview_52": series_preview_52}
