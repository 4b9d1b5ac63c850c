"""A client's own pages of messaging: preferences, portal messages, no more email. The link is the key."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render

from core import clock, daywords
from core.links import path_of
from core.refusals import Refusal
from messaging.models import Message
from messaging.operations import own_messages, preferences
from messaging.operations.preferences import Choice
from messaging.queries import zone_of
from practice.models import Practice
from practice.queries import the_practice
from practice.rules.client_words import NAMES, TABLES, say, words
from practice.states import Channel, LinkPurpose
from practice.views.linked import LinkedRequest, linked, notice, page_facts

CHANNEL_WORDS = {
    Channel.SMS: "channel_sms",
    Channel.EMAIL: "channel_email",
    Channel.VOICE: "channel_voice",
    Channel.PORTAL: "channel_portal",
}


@linked(LinkPurpose.VISIT, LinkPurpose.MINE)
def own_preferences(request: LinkedRequest, token: str) -> HttpResponse:
    saved, status = False, 200
    if request.method == "POST":
        try:
            _choose(request)
            saved = True
        except Refusal:
            status = 422
    return render(
        request, "messaging/own_preferences.html", _facts(request, token, saved=saved), status=status
    )


def _choose(request: LinkedRequest) -> None:
    language, preferred = request.POST.get("language", ""), request.POST.get("preferred", "")
    preferences.choose(
        request.link,
        on=set(request.POST.getlist("on")),
        language=language if language in TABLES else request.language,
        preferred_channel=preferred if preferred in CHANNEL_WORDS else "",
        wording=say(request.language, "wording"),
        by=request.holder,
        change_id=_change_id(request),
    )
    request.link.refresh_from_db(fields=["client", "contact"])
    request.language = daywords.spoken(getattr(request.link.contact or request.link.client, "language", ""))


def _facts(request: LinkedRequest, token: str, *, saved: bool) -> dict:
    language = request.language
    choices = preferences.choices_of(request.link)
    facts = page_facts(the_practice(), language)
    return facts | {
        "token": token,
        "saved": saved,
        "open_choices": [(one, _where(one, language)) for one in choices if not one.is_closed],
        "closed": [
            say(language, "closed_here", where=_where(one, language)) for one in choices if one.is_closed
        ],
        "languages": [(code, name, code == language) for code, name in NAMES.items()],
        "preferred": _preferred(request, language),
        "back": _back(request, token),
        "change_id": uuid.uuid4(),
    }


def _where(choice: Choice, language: str) -> str:
    return f"{words(language)[CHANNEL_WORDS[Channel(choice.channel)]]}, {choice.shown}"


def _preferred(request: LinkedRequest, language: str) -> list[tuple[str, str, bool]]:
    """(value, words, chosen); a contact has no preference of their own."""
    if request.link.contact_id is not None:
        return []
    now = request.link.client.preferred_channel
    listed = [
        ("", "no_preference"),
        *((c, CHANNEL_WORDS[c]) for c in (Channel.SMS, Channel.EMAIL, Channel.VOICE)),
    ]
    return [(value, words(language)[key], value == now) for value, key in listed]


@linked(LinkPurpose.VISIT, LinkPurpose.MINE)
def own_message_list(request: LinkedRequest, token: str) -> HttpResponse:
    """Closed until asked for by a post: whoever scans links must not count as a reader."""
    practice = the_practice()
    rows = own_messages.show(request.link, now=clock.now()) if request.method == "POST" else []
    facts = page_facts(practice, request.language) | {
        "token": token,
        "is_open": request.method == "POST",
        "is_empty": not own_messages.any_written(request.link),
        "letters": [(_when(row, practice, request.language), row.portal_text) for row in rows],
        "back": _back(request, token),
    }
    return render(request, "messaging/own_messages.html", facts)


def _back(request: LinkedRequest, token: str) -> str:
    """To the visit the link is for, where it is for one; the page itself is another app's."""
    return path_of(LinkPurpose.VISIT, token) if request.link.purpose == LinkPurpose.VISIT else ""


def _when(row: Message, practice: Practice, language: str) -> str:
    if row.accepted_at is None:
        return ""
    local = row.accepted_at.astimezone(zone_of(row.client))
    return f"{daywords.short_day(local.date(), language)}, {daywords.clock(local, h24=practice.clock_24h)}"


@linked(LinkPurpose.UNSUBSCRIBE)
def own_unsubscribe(request: LinkedRequest, token: str) -> HttpResponse:
    """GET shows a page and does nothing; the post may come from the reader or from their mail program (RFC 8058)."""
    if request.method == "POST":
        preferences.unsubscribe(request.link, by=request.holder)
        return notice(request, "unsubscribed", status=200, language=request.language)
    facts = page_facts(the_practice(), request.language) | {"token": token}
    return render(request, "messaging/own_unsubscribe.html", facts)


def _change_id(request: LinkedRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("change_id", ""))
    except ValueError:
        return None
