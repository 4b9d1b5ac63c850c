"""The client list, the card, the form, and finding somebody while typing."""

import json
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.actors import Actor
from core.refusals import Refusal
from practice.forms import ClientForm, NewClientForm
from practice.forms.clients import initial_for
from practice.middleware import StaffRequest
from practice.models import Client, Provider
from practice.operations import record_view
from practice.operations.clients import LooksLikeSomebody, add_client, change_client
from practice.permissions import may
from practice.queries import recent_clients
from practice.rules.phones import spoken
from practice.states import LANGUAGES, AddressKind
from practice.views.apart import pairs_of

ROWS, FOUND, OPTIONS = 25, 50, 8
SHORT_FORM = "new-client"  # the id of the place a booking dialog keeps for the short form


def allow(actor: Actor, verb: str) -> None:
    if not may(actor, verb):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def client_list(request: StaffRequest) -> HttpResponse:
    """All by page; a search comes by POST, because names do not belong in addresses, and shows its first ones."""
    allow(request.actor, "client.see")
    words = request.POST.get("q", "").strip()[:80]
    found = Client.objects.visible_to(request.actor).matching(words).select_related("primary_provider")
    pages = Paginator(found.prefetch_related("addresses"), FOUND if words else ROWS)
    page = pages.get_page(None if words else request.GET.get("page"))
    shown = {
        "words": words,
        "page": page,
        "numbers": [] if words else list(pages.get_elided_page_range(page.number)),
        "rows": [(client, *_reach(client)) for client in page],
        "may_add": may(request.actor, "client.add"),
    }
    part = "#rows" if request.headers.get("HX-Target") == "client-rows" else ""
    return render(request, f"practice/client_list.html{part}", shown)


@require_POST
def client_find(request: StaffRequest) -> HttpResponse:
    """Options of a combobox: at most eight, or the recent ones while nothing is typed. Posted: a name is in no URL."""
    allow(request.actor, "client.see")
    words = request.POST.get("q", "").strip()[:80]
    if words:
        found = list(
            Client.objects.visible_to(request.actor).matching(words).prefetch_related("addresses")[:OPTIONS]
        )
    else:
        found = recent_clients(request.actor, now=clock.now(), limit=OPTIONS)
    options = [(client.public_id, client.name, _told_apart(client)) for client in found]
    none = (
        "Nobody fits. Try fewer letters, or the record number." if words else "Type a name, number or phone."
    )
    return render(request, "components/options.html", {"options": options, "none": none})


@require_safe
def client_card(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    client = get_object_or_404(
        Client.objects.visible_to(request.actor)
        .select_related("primary_provider")
        .prefetch_related("addresses", "care_team__provider", "contacts__addresses"),
        public_id=public_id,
    )
    record_view(client, by=request.actor, at=clock.now())
    shown: dict[str, Any] = {
        "client": client,
        "phones": _of_kind(client, AddressKind.PHONE),
        "emails": _of_kind(client, AddressKind.EMAIL),
        "language": dict(LANGUAGES).get(client.language, client.language),
        "may_change": may(request.actor, "client.change"),
        "may_flag": may(request.actor, "client.flag"),
        "sees_apart": may(request.actor, "apart.add"),
    }
    if shown["sees_apart"]:
        shown["pairs"] = pairs_of(client, request.actor)
    return render(request, "practice/client_card.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def client_new(request: StaffRequest) -> HttpResponse:
    """The whole form on its page; in a booking dialog the short one, which answers with whom to book."""
    allow(request.actor, "client.add")
    short = request.headers.get("HX-Target") == SHORT_FORM
    form = _form(request, short=short)
    shown = {"form": form, "alike": [], "is_short": short}
    template = f"practice/client_new.html{'#short' if short else ''}"
    if request.method != "POST":
        return render(request, template, shown)
    if form.is_valid():
        try:
            client = add_client(
                form.facts,
                by=request.actor,
                change_id=form.cleaned_data["change_id"],
                is_somebody_new=form.cleaned_data["is_somebody_new"],
            )
        except LooksLikeSomebody as refusal:
            shown["alike"] = _alike(refusal, request.actor)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            return _chosen(client) if short else redirect("practice:client-card", client.public_id)
    return render(request, template, shown, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def client_edit(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    allow(request.actor, "client.change")
    client = get_object_or_404(Client.objects.visible_to(request.actor), public_id=public_id)
    form = _form(request, initial=initial_for(client) if request.method != "POST" else {}, client=client)
    del form.fields["is_somebody_new"]
    if request.method == "POST" and form.is_valid():
        try:
            change_client(
                client.pk, facts=form.facts, by=request.actor, change_id=form.cleaned_data["change_id"]
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            return redirect("practice:client-card", client.public_id)
    status = 422 if request.method == "POST" else 200
    return render(request, "practice/client_edit.html", {"form": form, "client": client}, status=status)


def _form(
    request: StaffRequest, *, short: bool = False, initial: dict | None = None, client: Client | None = None
) -> NewClientForm:
    """Providers to choose from are those at work, and whoever is on the team already."""
    posted = request.POST if request.method == "POST" else None
    if short:
        return NewClientForm(posted, auto_id="new_client_%s")
    at_work = Q(is_active=True) | Q(pk__in=client.care_team.values("provider") if client else [])
    providers = Provider.objects.visible_to(request.actor).filter(at_work)
    return ClientForm(posted, providers=providers, initial=initial)


def _chosen(client: Client) -> HttpResponse:
    """Empties the short form and tells the page whom to book: event `client:added` with value and text."""
    told = {"client:added": {"value": str(client.public_id), "text": client.name}}
    return HttpResponse(headers={"HX-Trigger": json.dumps(told)})


def _alike(refusal: LooksLikeSomebody, actor: Actor) -> list[tuple[Client, str]]:
    ids = [problem.blocking["id"] for problem in refusal.problems if problem.blocking]
    clients = Client.objects.visible_to(actor).in_bulk(ids)
    return [
        (clients[problem.blocking["id"]], problem.message)
        for problem in refusal.problems
        if problem.blocking and problem.blocking["id"] in clients
    ]


def _of_kind(client: Client, kind: AddressKind) -> list[tuple]:
    """(address, words for it), the preferred one first."""
    rows = [row for row in client.addresses.all() if row.kind == kind]
    return [(row, spoken(row.value) if kind == AddressKind.PHONE else row.value) for row in rows]


def _reach(client: Client) -> tuple[str, str]:
    phones, emails = _of_kind(client, AddressKind.PHONE), _of_kind(client, AddressKind.EMAIL)
    return phones[0][1] if phones else "", emails[0][1] if emails else ""


def _told_apart(client: Client) -> str:
    """`#10482 · 0117 · 1988`: record number, the phone's last four digits, birth year."""
    phone = next((row.value[-4:] for row in client.addresses.all() if row.kind == AddressKind.PHONE), "")
    born = str(client.birth_on.year) if client.birth_on else ""
    return " · ".join(filter(None, [f"#{client.record_number}", phone, born]))
