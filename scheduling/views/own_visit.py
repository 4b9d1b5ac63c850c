"""A visit on the client's phone: look, confirm, cancel, choose another time. The link is the key; acts are posts."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core.links import LinkRefused
from core.refusals import Blocked, Refusal, SlotTaken, StaleEdit
from core.walltime import from_epoch_minutes
from messaging.operations.notes import MOST_LETTERS, is_danger
from messaging.operations.own_messages import unseen_count
from messaging.operations.preferences import choices_of
from messaging.rules.invitations import downloaded
from practice.operations.links import keep
from practice.queries import practice_and_now
from practice.rules.client_words import NAMES, say, words
from practice.states import LinkPurpose
from practice.views.linked import LinkedRequest, linked, notice, page_facts
from scheduling.operations import AlreadyDone, accept_cover, cancel_person, choose_video, confirm
from scheduling.operations.own_visits import move_own
from scheduling.queries.own_choice import OwnChoice, other_asked, own_choice
from scheduling.queries.own_times import times_page
from scheduling.queries.own_visit import OwnVisit, own_visit
from scheduling.queries.told import invitation_to, visit_link
from scheduling.states import CancelReason, ConfirmedHow, Notice

HOW = {"email": ConfirmedHow.EMAIL, "sms": ConfirmedHow.SMS, "voice": ConfirmedHow.VOICE}
SAID_DONE = {"moved": "moved_done", "accepted": "away_accepted"}


@linked(LinkPurpose.VISIT, methods=("GET", "HEAD"))
def visit(request: LinkedRequest, token: str) -> HttpResponse:
    return _page(request, token, said=SAID_DONE.get(request.GET.get("done", ""), ""))


@linked(LinkPurpose.VISIT, methods=("GET", "HEAD"))
def visit_file(request: LinkedRequest, token: str) -> HttpResponse:
    """For the reader's calendar. No file for a visit that is off: it would be put in, not taken out."""
    own = _own(request)
    if own is None or not own.is_ahead:
        return notice(request, "dead", status=404, language=request.language)
    practice, now = practice_and_now()
    invitation = invitation_to(own.person, practice, language=request.language)
    answer = HttpResponse(downloaded(invitation, now=now), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return answer


@linked(LinkPurpose.VISIT, methods=("POST",))
def confirm_visit(request: LinkedRequest, token: str) -> HttpResponse:
    def act(own: OwnVisit) -> None:
        try:
            confirm(
                own.person.pk,
                how=HOW.get(request.link.channel, ConfirmedHow.PORTAL),
                by=request.holder,
                occurrence=_whole(request, "occurrence"),
                change_id=_change_id(request),
            )
        except AlreadyDone:
            return

    return _acted(request, token, act)


@linked(LinkPurpose.VISIT)
def cancel_visit(request: LinkedRequest, token: str) -> HttpResponse:
    """Asks once; inside the notice period, where it counts as late, it says so and asks again."""
    own = _own(request)
    if own is None or not own.may_cancel:
        return _page(request, token)
    if _choice(request, own) is not None:
        own = replace(own, is_late=False)  # the practice's doing, not theirs
    if request.method != "POST":
        return _cancel_page(request, token, own, sure=False)
    note = request.POST.get("note", "").strip()[:MOST_LETTERS]
    if note and is_danger(note, link=request.link, change_id=_change_id(request)):
        return _danger_page(request, token, own)
    if own.is_late and request.POST.get("late") != "yes":
        return _cancel_page(request, token, own, sure=True)
    return _acted(request, token, lambda own: _cancel(request, own, note))


def _danger_page(request: LinkedRequest, token: str, own: OwnVisit) -> HttpResponse:
    """The visit stays as it is; where help is stands first."""
    practice, _ = practice_and_now()
    told = practice.crisis_text_es if request.language == "es" else ""
    facts = _facts(request, token, own, "") | {"crisis": told or practice.crisis_text}
    return render(request, "scheduling/own_danger.html", facts)


def _cancel(request: LinkedRequest, own: OwnVisit, note: str) -> None:
    """For the one whose page it is; others who come are neither asked nor told, the last one's cancels the visit."""
    is_asked = _choice(request, own) is not None
    cancel_person(
        own.person.pk,
        reason=CancelReason.PROVIDER_UNAVAILABLE if is_asked else CancelReason.CLIENT_REQUEST,
        text=note,
        by=request.holder,
        occurrence=_whole(request, "occurrence") or 0,
        change_id=_change_id(request),
        notice=Notice.STANDARD,
    )


@linked(LinkPurpose.VISIT)
def move_visit(request: LinkedRequest, token: str) -> HttpResponse:
    own = _own(request)
    if own is None or not own.may_move:
        return _page(request, token)
    if request.method != "POST":
        return _times(request, token, own)
    starts_at = from_epoch_minutes(_whole(request, "at") or 0)

    def act(own: OwnVisit) -> None:
        move_own(
            own.person.pk, starts_at=starts_at, occurrence=_whole(request, "occurrence") or 0, by=request.holder,
            change_id=_change_id(request),
        )  # fmt: skip

    try:
        return _acted(request, token, act, done="moved")
    except (SlotTaken, Blocked):
        return _times(request, token, own, said="just_taken", status=409)


WANTED = {"cover": accept_cover, "video": choose_video}


@linked(LinkPurpose.VISIT, methods=("POST",))
def choose_way(request: LinkedRequest, token: str) -> HttpResponse:
    """While the provider is away: the same time with a colleague, or by video."""

    def act(own: OwnVisit) -> None:
        choice, wanted = _choice(request, own), WANTED.get(request.POST.get("choice", ""))
        if choice is None or wanted is None:
            raise StaleEdit("Nothing is asked any more.")
        wanted(choice.replan_id, by=request.holder, change_id=_change_id(request))

    try:
        return _acted(request, token, act, done="accepted")
    except (SlotTaken, Blocked):
        return _page(request, token, said="away_gone", status=409)


@linked(LinkPurpose.VISIT, methods=("POST",))
def also_asked(request: LinkedRequest, token: str, attendance_id: int) -> HttpResponse:
    """Another visit of the same person that is asked about: a link of its own, and there."""
    _, now = practice_and_now()
    person = other_asked(request.link, attendance_id, now)
    if person is None:
        return _page(request, token, said="stale", status=409)
    link = visit_link(person, contact_id=request.link.contact_id, channel=request.link.channel)
    keep([link], now=now)
    return redirect("scheduling:own-visit", link.token)


def _choice(request: LinkedRequest, own: OwnVisit) -> OwnChoice | None:
    practice, now = practice_and_now()
    return own_choice(own, request.link, practice=practice, now=now, language=request.language)


def _acted(request: LinkedRequest, token: str, act, *, done: str = "") -> HttpResponse:
    """Done: back to the visit, so that a reload does nothing again. Refused: the visit as it stands, and why."""
    own = _own(request)
    if own is None:
        return notice(request, "dead", status=404, language=request.language)
    try:
        act(own)
    except (SlotTaken, Blocked):
        raise
    except StaleEdit:
        return _page(request, token, said="stale", status=409)
    except Refusal:
        return _page(request, token, said="cannot_here", status=422)
    there = reverse("scheduling:own-visit", args=[token])
    return redirect(f"{there}?{urlencode({'done': done})}" if done else there)


def _own(request: LinkedRequest) -> OwnVisit | None:
    practice, now = practice_and_now()
    try:
        return own_visit(
            request.link, by=request.holder, practice=practice, now=now, language=request.language
        )
    except LinkRefused:
        return None


def _page(request: LinkedRequest, token: str, *, said: str = "", status: int = 200) -> HttpResponse:
    own = _own(request)
    if own is None:
        return notice(request, "dead", status=404, language=request.language)
    return render(request, "scheduling/own_visit.html", _facts(request, token, own, said), status=status)


def _facts(request: LinkedRequest, token: str, own: OwnVisit, said: str) -> dict:
    practice, _ = practice_and_now()
    facts = page_facts(practice, request.language)
    return facts | {
        "rows": _rows(request, token),
        "token": token,
        "own": own,
        "choice": _choice(request, own) if own.is_ahead else None,
        "said": facts["w"].get(said, ""),
        "said_tone": "ok" if said in SAID_DONE.values() else "warn",
        "change_id": uuid.uuid4(),
        "other_change_id": uuid.uuid4(),
    }


def _rows(request: LinkedRequest, token: str) -> list[tuple[str, str, str]]:
    """(label, value, address) of what belongs to the reader rather than to this visit."""
    said, language = words(request.language), request.language
    on = [choice for choice in choices_of(request.link) if choice.is_on]
    ways = ", ".join(dict.fromkeys(said[f"channel_{choice.channel}"] for choice in on))
    new = unseen_count(request.link)
    count = say(language, "messages_new", count=new) if new > 1 else said["messages_new_one"]
    preferences = reverse("messaging:own-preferences", args=[token])
    letters = reverse("messaging:own-messages", args=[token])
    return [
        (said["how_reached"], ways or said["channel_portal"], preferences),
        (said["messages"], count if new else said["messages_seen"], letters),
        (said["language"], NAMES[language], preferences),
    ]


def _cancel_page(request: LinkedRequest, token: str, own: OwnVisit, *, sure: bool) -> HttpResponse:
    practice, _ = practice_and_now()
    language, fee = request.language, practice.late_cancel_fee
    late = say(language, "cancel_late", hours=practice.cancellation_notice_hours) if own.is_late else ""
    if late and fee:
        late += " " + say(language, "cancel_late_fee", fee=f"${fee:.2f}")
    facts = _facts(request, token, own, "") | {
        "late": late,
        "sure": sure,
        "note": request.POST.get("note", "")[:MOST_LETTERS],
    }
    return render(request, "scheduling/own_cancel.html", facts)


def _times(
    request: LinkedRequest, token: str, own: OwnVisit, *, said: str = "", status: int = 200
) -> HttpResponse:
    practice, now = practice_and_now()
    page = times_page(
        own,
        first=_day(request),
        chosen=_whole(request, "at"),
        practice=practice,
        now=now,
        language=request.language,
    )
    facts = _facts(request, token, own, said) | {"page": page}
    return render(request, "scheduling/own_move.html", facts, status=status)


def _whole(request: LinkedRequest, name: str) -> int | None:
    raw = (request.POST if request.method == "POST" else request.GET).get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else None


def _day(request: LinkedRequest) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None


def _change_id(request: LinkedRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("change_id", ""))
    except ValueError:
        return None
