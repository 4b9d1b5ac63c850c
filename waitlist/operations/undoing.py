"""Undo: what a change freed or offered is deleted, what it wrote is put back, what it closed is open again."""

from __future__ import annotations

from typing import Any

from core.refusals import Refusal, StaleEdit
from practice.models import AuditEntry, Change
from practice.operations.images import put_back
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.states import OfferState, SpanState

KINDS: dict[str, Any] = {"offer": Offer, "waitlistentry": WaitlistEntry}


def take_back(change: Change) -> None:
    """Raises Refusal when a time was offered meanwhile, or an offer answered; StaleEdit for an entry changed since."""
    _forget_spans(change)
    _forget_offers(change)
    _put_rows_back(change)
    _open_again(change)
    FreedSpan.objects.filter(closed_by_change=change).update(
        state=SpanState.OPEN, filled_at=None, closed_by_change=None
    )


def _forget_spans(change: Change) -> None:
    spans = FreedSpan.objects.filter(change=change)
    offered = Offer.objects.filter(span__in=spans).exclude(change=change)
    if spans.filter(matched_at__isnull=False).exists() or offered.exists():
        raise Refusal(
            "This time has already been offered to somebody.", remedy="Book it anew, or take it off the list."
        )
    Offer.objects.filter(span__in=spans).delete()
    spans.delete()


def _forget_offers(change: Change) -> None:
    made = Offer.objects.filter(change=change)
    if made.exclude(state=OfferState.OUT).exists():
        raise Refusal("Somebody has answered this offer already.", remedy="Look at the offer.")
    for entry_id, turn in list(made.values_list("entry_id", "turn_was")):
        WaitlistEntry.objects.filter(pk=entry_id).update(turn_at=turn)
    made.delete()


def _put_rows_back(change: Change) -> None:
    """Newest first, as the history has them; a row the change made goes."""
    lines = AuditEntry.objects.filter(change=change, subject_kind__in=KINDS).order_by("-pk")
    seen: set[tuple[str, int | None]] = set()
    accepted: set[int] = set()
    for line in lines:
        row = KINDS[line.subject_kind].objects.filter(pk=line.subject_id).first()
        if row is None:
            continue
        if (line.subject_kind, line.subject_id) not in seen:
            seen.add((line.subject_kind, line.subject_id))
            _refuse_moved_on(row, line.after or {})
        if isinstance(row, Offer):
            _refuse_place_gone(row, change)
        if isinstance(row, Offer) and row.state == OfferState.ACCEPTED and row.span_id is not None:
            accepted.add(row.span_id)
        if line.before is None:
            row.delete()
            continue
        put_back(row, line.before, (change.texts or {}).get(f"{line.subject_kind}:{line.subject_id}", {}))
        if hasattr(row, "edition"):
            row.edition += 1
        row.save()
    FreedSpan.objects.filter(pk__in=accepted).update(filled_at=None)


def _refuse_place_gone(offer: Offer, change: Change) -> None:
    """A no is not taken back once the place is somebody's."""
    span = offer.span
    if span and span.seats and span.state != SpanState.OPEN and span.closed_by_change_id != change.pk:
        raise Refusal("The place was given to somebody else since.", remedy="Look at the offer.")


def _refuse_moved_on(row: Any, after: dict) -> None:
    if "edition" in after and getattr(row, "edition", None) != after["edition"]:
        raise StaleEdit("The entry was changed since.", remedy="Look at it again.")


def _open_again(change: Change) -> None:
    """Those that ended beside, in one statement and without a line of their own."""
    closed = Offer.objects.filter(closed_by_change=change)
    for entry_id, made in list(closed.values_list("entry_id", "made_at")):
        WaitlistEntry.objects.filter(pk=entry_id).update(turn_at=made)
    closed.update(
        state=OfferState.OUT,
        ended_at=None,
        ended_by_kind="",
        ended_by_id=None,
        how="",
        reason="",
        closed_by_change=None,
    )
