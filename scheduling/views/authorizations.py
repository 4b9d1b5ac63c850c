"""Authorizations of a client: seen on their card, added and changed on a page of their own."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from core import clock
from core.refusals import NotAllowed, Refusal
from practice.middleware import StaffRequest
from practice.models import Authorization, Client
from practice.permissions import may
from practice.queries import the_practice
from scheduling.forms.authorizations import AuthorizationForm, initial_for
from scheduling.operations.authorizations import save_authorization
from scheduling.queries.authorizations import standing_of

PANEL = "panel-scheduling-client-authorizations"


@require_http_methods(["GET", "HEAD", "POST"])
def client_authorizations(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    """All of them, with a form to add one; on the card only as they stand."""
    client = _client(request, public_id)
    if request.method == "POST":
        return _saved(request, client, None)
    form = AuthorizationForm(initial={"change_id": uuid.uuid4()})
    part = "#panel_part" if request.headers.get("HX-Target") == PANEL else ""
    return _page(request, client, form, None, part=part)


@require_http_methods(["GET", "HEAD", "POST"])
def authorization_edit(request: StaffRequest, public_id: uuid.UUID, pk: int) -> HttpResponse:
    if not may(request.actor, "authorization.change"):
        raise PermissionDenied
    client = _client(request, public_id)
    row = get_object_or_404(Authorization, pk=pk, client=client)
    if request.method == "POST":
        return _saved(request, client, row)
    form = AuthorizationForm(initial={"change_id": uuid.uuid4(), **initial_for(row)})
    return _page(request, client, form, row)


def _client(request: StaffRequest, public_id: uuid.UUID) -> Client:
    if not may(request.actor, "client.see"):
        raise PermissionDenied
    return get_object_or_404(Client.objects.visible_to(request.actor), public_id=public_id)


def _saved(request: StaffRequest, client: Client, row: Authorization | None) -> HttpResponse:
    form = AuthorizationForm(request.POST)
    if form.is_valid():
        try:
            saved = save_authorization(
                client.pk,
                allowed=form.allowed,
                by=request.actor,
                authorization_id=row.pk if row else None,
                change_id=form.cleaned_data["change_id"],
            )
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refusal as refusal:
            form.add_error(refusal.field or None, f"{refusal.message} {refusal.remedy}".strip())
        else:
            messages.success(request, f"Saved {saved}.")
            return redirect("scheduling:client-authorizations", client.public_id)
    return _page(request, client, form, row, status=422)


def _page(
    request: StaffRequest,
    client: Client,
    form: AuthorizationForm,
    row: Authorization | None,
    *,
    part: str = "",
    status: int = 200,
) -> HttpResponse:
    today = clock.now().astimezone(the_practice().tz).date()
    shown = {
        "client": client,
        "form": form,
        "row": row,
        "standing": standing_of(client, today),
        "may_change": may(request.actor, "authorization.change"),
    }
    return render(request, f"scheduling/authorizations.html{part}", shown, status=status)
