"""Everything reminders says, as the page of wordings lists it."""

from messaging.wordings import Wording, register
from reminders.rules.texts import defaults_of
from reminders.states import Said

BEFORE, CHANGES, ANSWERS = "Before a visit", "When something changes", "Answers to a reply"

_ASKS = {Said.REMINDER, Said.MOVED, Said.CHANGED, Said.RESTORED, Said.MOVED_SINCE}
_WHEN = {
    Said.REMINDER: "After booking and before each visit, as the schedule of reminders says.",
    Said.MOVED: "When a visit was moved and the client is to be told.",
    Said.MOVED_MANY: "When one act moved several visits of one client.",
    Said.CHANGED: "When the provider, the place or the way has changed, but not the time.",
    Said.RESTORED: "When a cancelled visit was brought back.",
    Said.CANCELLED: "When the practice cancelled a visit.",
    Said.CANCELLED_MANY: "When one act cancelled several visits of one client.",
    Said.CHOICES: "When a provider is away and the client is asked what to do.",
    Said.CHOICES_MANY: "The same, for several visits of one client.",
    Said.CONFIRMED: "After a Y.",
    Said.MOVED_SINCE: "After a Y or C to a time that is no longer the visit's.",
    Said.ASKED_AGAIN: "After the first C inside the notice for cancelling.",
    Said.CANCELLED_BY_YOU: "After a C.",
    Said.ASKED_WHICH: "After an N.",
    Said.MOVE_LINK: "After an R, where the client may move the visit.",
    Said.CALL_TO_MOVE: "After an R, where a person must move it.",
    Said.CALL_US: "When a reply could not be acted on.",
}


def _group(said: Said) -> str:
    if said == Said.REMINDER:
        return BEFORE
    is_answer = list(Said).index(said) >= list(Said).index(Said.CONFIRMED)
    return ANSWERS if is_answer else CHANGES


def register_all() -> None:
    for said in Said:
        group = _group(said)
        register(
            Wording(
                key=said,
                label=said.label,
                group=group,
                when=_WHEN[said],
                defaults=defaults_of(said),
                names_practice=group != ANSWERS,
                asks=said in _ASKS,
                has_steps=said == Said.REMINDER,
            )
        )
