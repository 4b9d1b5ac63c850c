"""One reply and what stands round it, to one effect. The order is the issue's, and each step may stop it.

Danger; carriers' words to leave, to come back, for help; a wrong number; then the one open question.
"""

from collections.abc import Callable

from messaging.rules.replies import leaving, reading
from messaging.rules.replies.cleaning import Said, clean
from messaging.rules.replies.crisis import is_crisis
from messaging.rules.replies.effects import Asked, Context, Effect
from messaging.rules.replies.meaning import Meaning
from messaging.rules.replies.spelling import corrected

# Nobody answers a question in more words than these; such a text tells a story, and a person reads it.
MOST_WORDS = 60


def predict(text: str, context: Context) -> Effect:
    """What `text` leads to; pure, and the same for the webhook and the command."""
    said = clean(text)
    return about_the_number(text, said, context) or about_the_question(said, context)


def about_the_number(text: str, said: Said, context: Context) -> Effect | None:
    """None when it is about nothing of the kind."""
    words = corrected(said.words)
    finders: tuple[tuple[Effect, Callable[[], object]], ...] = (
        (Effect.CRISIS, lambda: is_crisis(said)),
        (Effect.OPT_OUT_AND_TASK, lambda: leaving.CANCEL_WORD.fullmatch(said.words)),
        (Effect.OPT_OUT, lambda: _says_stop(words, said)),
        (Effect.OPT_IN, lambda: _opts_in(said.words, words, context)),
        (Effect.HELP, lambda: leaving.HELP.fullmatch(words)),
        (Effect.WRONG_NUMBER, lambda: leaving.WRONG.search(words) or leaving.denies_name(words, text)),
    )
    return next((effect for effect, found in finders if found()), None)


def _says_stop(words: str, said: Said) -> bool:
    if leaving.STOP.fullmatch(words) or not leaving.STOPS.isdisjoint(said.clauses):
        return True
    return leaving.LEAVE.search(leaving.STAY.sub(" ~ ", words)) is not None


def _opts_in(typed: str, words: str, context: Context) -> bool:
    """START and UNSTOP always; the whole word YES, or a plain wish for texts, only after a stop. Y never."""
    if leaving.START.fullmatch(words):
        return True
    return context.opted_out and (typed == leaving.YES_WORD or bool(leaving.BACK_IN.fullmatch(words)))


def about_the_question(said: Said, context: Context) -> Effect:
    if context.asks is None or context.has_begun or said.words.count(" ") >= MOST_WORDS:
        return Effect.INBOX
    if context.asks == Asked.OFFER:
        return _offer(said, context)
    meant = reading.read(said, context.language)
    if context.asks == Asked.WHICH or meant.letter:
        return _which(meant, context)
    if context.previous == "C":
        meant = _after_c(meant, said)
    return _confirm(meant, context)


def _after_c(meant: Meaning, said: Said) -> Meaning:
    """After "reply C again to cancel" a mere "yes" may mean either; Y, or saying that one comes, may not."""
    if meant.kind == "yes_cancel":
        return Meaning(kind="cancel")
    if meant.kind == "yes" and reading.is_mere_assent(said):
        return Meaning(kind="unsettled")
    return meant


def _offer(said: Said, context: Context) -> Effect:
    meant = reading.read(said, context.language)
    wish = {"yes": "yes", "no": "no"}.get(meant.kind, "") if meant.code else reading.wants_offer(said)
    if wish == "yes":
        return Effect.ASK_WHICH if _is_unclear_whose(meant, context) else Effect.ACCEPT_OFFER
    return Effect.DECLINE_OFFER if wish == "no" else Effect.INBOX


def _which(meant: Meaning, context: Context) -> Effect:
    if meant.letter and (context.asks == Asked.WHICH or context.visits > 1):
        return Effect.CHOOSE_A if meant.letter == "a" else Effect.CHOOSE_B
    if meant.kind in ("yes", "cancel"):
        return Effect.ASK_WHICH
    return Effect.RESCHEDULE_LINK if meant.kind == "move" else Effect.INBOX


def _confirm(meant: Meaning, context: Context) -> Effect:
    if meant.kind in ("yes", "cancel"):
        if _is_unclear_whose(meant, context):
            return Effect.ASK_WHICH
        if meant.code and meant.code != context.code:
            return Effect.INBOX
        return Effect.CONFIRM if meant.kind == "yes" else _cancel(context)
    return {
        "no": Effect.ASK_CANCEL_OR_MOVE,
        "unsettled": Effect.ASK_CANCEL_OR_MOVE,
        "yes_cancel": Effect.ASK_CANCEL_OR_MOVE,
        "move": Effect.RESCHEDULE_LINK,
    }.get(meant.kind, Effect.INBOX)


def _cancel(context: Context) -> Effect:
    if context.inside_notice and context.previous != "C":
        return Effect.CONFIRM_LATE_CANCEL
    return Effect.CANCEL


def _is_unclear_whose(meant: Meaning, context: Context) -> bool:
    """Several visits, or several people on the number and not the right code for one of them."""
    return context.visits > 1 or (context.is_shared and (not meant.code or meant.code != context.code))
