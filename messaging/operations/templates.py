"""The practice's own words: kept after a look, given up by emptying them. Every version is in the trail."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass

from core.actors import Actor
from core.refusals import Blocked, Problem, Refusal, Severity, StaleEdit
from messaging import wordings
from messaging.models import Template
from messaging.rules.lint import Written, problems_with
from messaging.rules.wording import Slot, Words
from messaging.wordings import Wording
from practice.models import Change
from practice.operations import record
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import may, require


@dataclass(frozen=True, slots=True)
class Saved:
    change: Change
    template: Template
    repeated: bool = False


@operation("template.save", "template")
def save_words(
    slot: Slot,
    words: Words,
    *,
    said: str,
    accept: bool = False,
    edition: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Saved:
    """From the next message on these are used. `said`: how they read with an example's values, to measure them by.

    accept: what needs a deliberate yes has it. Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal for a slot nobody
    knows, Blocked with what is wrong.
    """
    content = {**asdict(slot), **asdict(words), "accept": accept, "edition": edition}
    acting = begin("template.save", change_id, by, content)
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "settings.change"))
    accepted = _looked_at(_wording(slot), slot, words, said, accept=accept)
    row = _set(acting, slot, words, edition)
    if accepted:
        codes = [problem.code for problem in accepted]
        record("template.accepted", row, by=by, at=acting.now, change=acting.change, after={"codes": codes})
    return _done(acting, row)


@operation("template.revert", "template")
def revert_words(
    slot: Slot, *, edition: int | None = None, by: Actor, change_id: uuid.UUID | None = None
) -> Saved:
    """Ours are used again, or for a step those for all. The row stays, and with it the former versions."""
    acting = begin("template.revert", change_id, by, {**asdict(slot), "edition": edition})
    if acting.repeat:
        return _done_before(acting)
    require(may(by, "settings.change"))
    _wording(slot)
    return _done(acting, _set(acting, slot, Words(""), edition))


def faults_of(wording: Wording, slot: Slot, words: Words, said: str) -> list[Problem]:
    return problems_with(
        Written(
            text=words.text,
            subject_line=words.subject_line,
            channel=slot.channel,
            said=said,
            asks=wording.asks,
            names_practice=wording.names_practice,
        )
    )


def _looked_at(wording: Wording, slot: Slot, words: Words, said: str, *, accept: bool) -> list[Problem]:
    """What was accepted. Raises Blocked."""
    if not words.text.strip():
        raise Refusal("Write something, or go back to the words we bring along.", field="body")
    problems = faults_of(wording, slot, words, said)
    overridden = [p for p in problems if p.severity == Severity.NEEDS_OVERRIDE]
    if any(p.severity == Severity.BLOCKER for p in problems) or (overridden and not accept):
        raise Blocked(problems)
    return overridden


def _wording(slot: Slot) -> Wording:
    wording = wordings.get(slot.key)
    if wording is None or (slot.channel, slot.language) not in wording.defaults:
        raise Refusal("There are no such words.", remedy="Look at the list again.")
    if slot.scope and not wording.has_steps:
        raise Refusal("Only reminders have words of their own for a step.")
    if slot.variant and not wording.has_steps:
        raise Refusal("Only reminders can be compared: they ask everybody for a yes.")
    return wording


def _set(acting: Acting, slot: Slot, words: Words, edition: int | None) -> Template:
    """The row is made first where there is none, so that two people meet at its lock and not at its key."""
    row, is_new = Template.objects.select_for_update().get_or_create(**asdict(slot), defaults={"edition": 0})
    if edition is not None and not is_new and row.edition != edition:
        raise StaleEdit("Somebody changed these words since you opened them.", remedy="Read theirs first.")
    before = image(row)
    row.body, row.subject_line, row.edition = words.text, words.subject_line, row.edition + 1
    acting.saved("template.changed" if words.text else "template.reverted", row, before)
    return row


def _done(acting: Acting, row: Template) -> Saved:
    acting.close({"template": row.pk})
    return Saved(acting.change, row)


def _done_before(acting: Acting) -> Saved:
    row = Template.objects.get(pk=acting.change.result["template"])
    return Saved(acting.change, row, repeated=True)
