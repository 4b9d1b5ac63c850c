"""Settings: the accounts we send with, and a test of each. No answer of these pages carries a secret."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from core.refusals import AlreadyUsed, Refusal, StaleEdit
from messaging.forms.accounts import AccountForm, MailForm, TryForm, TwilioForm
from messaging.models import ChannelSettings
from messaging.operations.accounts import FIELDS, STAMPS, save_account
from messaging.operations.trying import Tried, try_channel
from messaging.rules.accounts import ends_in
from practice.middleware import StaffRequest
from practice.permissions import may
from practice.states import Channel

FORMS: dict[str, type[AccountForm]] = {"twilio": TwilioForm, "mail": MailForm}
TITLES = {"twilio": "Texts and calls", "mail": "Email"}
TRIES = {"twilio": (Channel.SMS, Channel.VOICE), "mail": (Channel.EMAIL,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A secret as far as it may be known."""

    label: str
    ends: str


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: StaffRequest, which: str) -> HttpResponse:
    _allow(request)
    row = ChannelSettings.objects.filter(pk=1).first() or ChannelSettings()
    initial = {name: getattr(row, name) for name in FIELDS[which] if name not in ChannelSettings.SECRETS}
    initial |= {"change_id": uuid.uuid4(), "edition": row.edition}
    if request.method != "POST":
        return _page(request, which, FORMS[which](initial=initial))
    form = FORMS[which](request.POST.copy(), initial=initial)
    return _save(request, which, form) if form.is_valid() else _page(request, which, form, status=422)


@require_POST
def account_try(request: StaffRequest) -> HttpResponse:
    _allow(request)
    which = "mail" if request.POST.get("channel") == Channel.EMAIL else "twilio"
    form = TryForm(request.POST)
    if not form.is_valid():
        return _page(request, which, trying=form, status=422)
    try:
        tried = try_channel(form.cleaned_data["channel"], form.address, by=request.actor)
    except Refusal as refusal:
        return _page(request, which, trying=form, refusal=refusal, status=409)
    return _page(request, which, trying=form, tried=tried)


def _save(request: StaffRequest, which: str, form: AccountForm) -> HttpResponse:
    ids = {name: form.cleaned_data[name] for name in ("edition", "change_id")}
    typed: Any = form.data
    try:
        save_account(which, form.said, by=request.actor, **ids)
    except StaleEdit as refusal:
        typed["edition"] = str(form.initial["edition"])
        return _page(request, which, form, refusal=refusal, status=409)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        if isinstance(refusal, AlreadyUsed):
            typed["change_id"] = str(uuid.uuid4())
        return _page(request, which, form, status=422)
    messages.success(request, "Saved. Send a test to see that it works.")
    return redirect(f"messaging:account-{which}")


def _page(
    request: StaffRequest,
    which: str,
    form: AccountForm | None = None,
    *,
    trying: TryForm | None = None,
    tried: Tried | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    row = ChannelSettings.objects.filter(pk=1).first() or ChannelSettings()
    names = [name for name in FIELDS[which] if name not in ChannelSettings.SECRETS]
    initial = {name: getattr(row, name) for name in names} | {
        "change_id": uuid.uuid4(),
        "edition": row.edition,
    }
    form = form or FORMS[which](initial=initial)
    shown = {
        "which": which,
        "title": TITLES[which],
        "form": form,
        "set_at": getattr(row, STAMPS[which]),
        "kept": _kept(row, which, form),
        "tries": TRIES[which],
        "trying": trying or TryForm(initial={"channel": TRIES[which][0]}),
        "tried": tried,
        "refusal": refusal,
        "is_rehearsal": settings.REHEARSAL,
    }
    return render(request, f"messaging/account_{which}.html", shown, status=status)


def _kept(row: ChannelSettings, which: str, form: AccountForm) -> list[Kept]:
    names = [n for n in FIELDS[which] if n in ChannelSettings.SECRETS and getattr(row, n)]
    return [Kept(label=str(form.fields[name].label), ends=ends_in(getattr(row, name))) for name in names]


def _allow(request: StaffRequest) -> None:
    if not may(request.actor, "settings.change"):
        raise PermissionDenied
