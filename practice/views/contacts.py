"""Guardians, partners and relatives of a client: one page for a new one and for each that is known."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from core.refusals import AlreadyUsed, Refusal
from practice.forms.contacts import ContactForm, initial_for
from practice.middleware import StaffRequest
from practice.models import Client, ClientContact
from practice.operations.contacts import keep_contact
from practice.permissions import may


@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request: StaffRequest, public_id: uuid.UUID, pk: int | None = None) -> HttpResponse:
    """Without `pk` a new one."""
    if not may(request.actor, "client.change"):
        raise PermissionDenied
    client = get_object_or_404(Client.objects.visible_to(request.actor), public_id=public_id)
    contact = get_object_or_404(client.contacts, pk=pk) if pk else None
    if request.method == "POST":
        form = ContactForm(request.POST.copy())
        kept = _kept(request, form, client, contact)
        return (
            redirect("practice:client-card", client.public_id)
            if kept
            else _page(request, form, client, contact, 422)
        )
    return _page(request, ContactForm(initial=initial_for(contact) if contact else {}), client, contact, 200)


def _kept(request: StaffRequest, form: ContactForm, client: Client, contact: ClientContact | None) -> bool:
    if not form.is_valid():
        return False
    of = {"contact_id": contact.pk if contact else None, "change_id": form.cleaned_data["change_id"]}
    try:
        keep_contact(client.pk, form.details, by=request.actor, **of)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        if isinstance(refusal, AlreadyUsed):
            form.data["change_id"] = str(uuid.uuid4())  # type: ignore[index]  # a copy of ours
        return False
    messages.success(request, "Saved. What is planned to be sent follows.")
    return True


def _page(
    request: StaffRequest, form: ContactForm, client: Client, contact: ClientContact | None, status: int
) -> HttpResponse:
    shown = {"form": form, "client": client, "contact": contact}
    return render(request, "practice/contact_edit.html", shown, status=status)
