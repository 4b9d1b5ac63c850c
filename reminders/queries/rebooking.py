"""Where somebody who did not come is booked anew: the form, filled in with what they missed."""

import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse

from messaging.purposes import TaskAct
from practice.models import AuditEntry, Client
from scheduling.models import Attendance

REBOOK = "Rebook…"


def rebook(tasks: Mapping[int, tuple[int, uuid.UUID | None]]) -> dict[int, TaskAct]:
    """{task: the booking form with client, type and provider}. Three queries."""
    missed = _missed({change for _, change in tasks.values() if change})
    names = dict(
        Client.objects.filter(pk__in={client for client, _ in tasks.values()}).values_list("pk", "public_id")
    )
    form = reverse("scheduling:visit-new")
    return {
        pk: TaskAct(
            REBOOK, f"{form}?{urlencode({'client': names[client]} | missed.get((change, client), {}))}"
        )
        for pk, (client, change) in tasks.items()
        if client in names
    }


def _missed(changes: set[uuid.UUID]) -> dict[tuple[uuid.UUID | None, int], dict[str, uuid.UUID | int]]:
    """{(change, client): type and provider} of the visits these acts marked as missed."""
    lines = AuditEntry.objects.filter(
        act="attendance.absent", subject_kind="attendance", change__in=changes
    ).values_list("subject_id", "change_id")
    change_of = {pk: change for pk, change in lines if pk and change}
    rows = Attendance.objects.filter(pk__in=change_of).values_list(
        "pk", "client_id", "appointment__type_id", "appointment__provider__public_id"
    )
    return {
        (change_of[pk], client): {"type": kind} | ({"provider": provider} if provider else {})
        for pk, client, kind, provider in rows
    }
