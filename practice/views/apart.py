"""From whom a client is kept apart: everybody who books sees that it is so, clinical staff also why."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from practice.forms.apart import ApartForm
from practice.middleware import StaffRequest
from practice.models import Client, KeepApart
from practice.operations.apart import end_apart, keep_apart
from practice.permissions import may

HIDDEN = "A client you do not see"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`reason` is empty for who may not read it."""

    pk: int
    whom: str
    what: str
    reason: str


@require_http_methods(["GET", "HEAD", "POST"])
def client_apart(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    client = _client(request, public_id)
    form = ApartForm(request.POST or None, by=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            keep_apart(client.pk, by=request.actor, change_id=form.cleaned_data["change_id"], **form.facts)
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refusal as refusal:
            form.add_error(None, f"{refusal.message} {refusal.remedy}")
        else:
            messages.success(request, "Kept apart from now on. Visits booked before are as they were.")
            return redirect("practice:client-apart", client.public_id)
    shown = {
        "client": client,
        "form": form,
        "pairs": pairs_of(client, request.actor),
        "may_end": may(request.actor, "apart.end"),
        "new_id": uuid.uuid4(),
    }
    return render(request, "practice/apart.html", shown, status=422 if request.method == "POST" else 200)


@require_POST
def client_apart_end(request: StaffRequest, public_id: uuid.UUID, pk: int) -> HttpResponse:
    client = _client(request, public_id)
    pair = get_object_or_404(KeepApart, Q(client=client) | Q(other_client=client), pk=pk)
    try:
        end_apart(pair.pk, by=request.actor)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    messages.success(request, "They may meet again.")
    return redirect("practice:client-apart", client.public_id)


def _client(request: StaffRequest, public_id: uuid.UUID) -> Client:
    if not may(request.actor, "apart.add"):
        raise PermissionDenied
    return get_object_or_404(Client.objects.visible_to(request.actor), public_id=public_id)


def pairs_of(client: Client, by: Actor) -> list[Pair]:
    """Two queries. Somebody the reader does not see has no name here."""
    rows = KeepApart.objects.filter(Q(client=client) | Q(other_client=client))
    rows = rows.select_related("client", "other_client", "provider").order_by("pk")
    others = {pk for row in rows for pk in (row.client_id, row.other_client_id)} - {None, client.pk}
    seen = Client.objects.visible_to(by).in_bulk(others) if others else {}
    return [_pair(row, client, seen, reads=may(by, "apart.reason")) for row in rows]


def _pair(row: KeepApart, client: Client, seen: dict[int, Client], *, reads: bool) -> Pair:
    reason = row.reason if reads else ""
    if row.provider:
        return Pair(pk=row.pk, whom=row.provider.name, what="provider", reason=reason)
    other_id = row.other_client_id if row.client_id == client.pk else row.client_id
    other = seen.get(other_id or 0)
    whom = f"{other.name} · #{other.record_number}" if other else HIDDEN
    return Pair(pk=row.pk, whom=whom, what="client", reason=reason)
