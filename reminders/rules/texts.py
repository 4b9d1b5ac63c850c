"""What clients read unless the practice wrote its own words, and what the variables say.

Neutral: no name, provider, service or place; a text is one GSM-7 segment for ordinary names. Where the first version
of a text does not fit, the next shorter one is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from messaging.rules import speaking
from messaging.rules.speaking import NOT_CONFIRMED, Asking, Office, When
from messaging.rules.wording import Words
from practice.states import Channel
from reminders.states import NoticeKind, Outcome, Said

__all__ = ["Asking", "Facts", "Office", "When", "defaults_of", "values"]

SMS, EMAIL, VOICE, PORTAL = Channel.SMS, Channel.EMAIL, Channel.VOICE, Channel.PORTAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one message is about. `whens` in order of time; client, provider, place and link may be empty."""

    whens: Sequence[When]
    office: Office
    client: str = ""
    provider: str = ""
    place: str = ""
    link: str = ""
    asking: Asking = NOT_CONFIRMED
    is_first: bool = False


def values(facts: Facts, *, channel: str, language: str) -> dict[str, str]:
    """Variable → words. Mails and calls say dates in full, texts in short."""
    office, first = facts.office, facts.whens[0]
    is_long = channel != SMS
    times = [when.long(office) if is_long else when.at(office) for when in facts.whens]
    return {
        "practice": office.sender,
        "client": facts.client,
        "provider": facts.provider,
        "when": times[0],
        "date": first.day,
        "day": first.weekday,
        "time": first.clock(office),
        "times": ("\n" if channel in (EMAIL, PORTAL) else ", ").join(times),
        "location": facts.place,
        "phone": office.phone,
        "questions": speaking.questions(office, language),
        "call": speaking.call(office, language),
        "choices": speaking.choices(facts.asking, language, spoken=channel == VOICE),
        "choices_short": speaking.choices_short(facts.asking, language),
        "code": facts.asking.code,
        "link": facts.link,
        "hours": str(office.notice_hours),
        "stop": speaking.STOP[language] if facts.is_first and channel == SMS else "",
    }


def _text(*versions: str) -> tuple[Words, ...]:
    return tuple(Words(version) for version in versions)


def _mail(sentence: str, rest: str = "To confirm, move or cancel, {call}.") -> tuple[Words, ...]:
    body = f"Hello,\n\n{sentence}\n\n  {{times}}\n  {{location}}\n\n{rest}\n\n{{practice}}"
    return (Words(body, "Your appointment on {date}"),)


def _correo(
    sentence: str, rest: str = "Para confirmarla, cambiarla o cancelarla, {call}."
) -> tuple[Words, ...]:
    body = f"Hola:\n\n{sentence}\n\n  {{times}}\n  {{location}}\n\n{rest}\n\n{{practice}}"
    return (Words(body, "Su cita del {date}"),)


ASKS, ASKS_SHORT = "{choices} {questions} {stop}", "{choices_short} {phone} {stop}"
SHORTEST = "{choices_short} {stop}"
TOLD, TOLD_SHORT = "{questions} {stop}", "{phone} {stop}"

ENGLISH: dict[str, dict[str, tuple[Words, ...]]] = {
    Said.REMINDER: {
        SMS: _text(
            f"{{practice}}: you have an appointment {{when}}. {ASKS}",
            f"{{practice}}: appointment {{when}}. {ASKS_SHORT}",
            f"{{practice}}: appointment {{when}}. {SHORTEST}",
        ),
        EMAIL: _mail("You have an appointment:"),
        VOICE: _text(
            "Hello, this is {practice} with a reminder of your appointment on {when}. {choices} "
            "To speak with us, {call}."
        ),
    },
    Said.MOVED: {
        SMS: _text(
            f"{{practice}}: your appointment has moved to {{when}}. {ASKS}",
            f"{{practice}}: your appointment has moved to {{when}}. {ASKS_SHORT}",
            f"{{practice}}: your appointment has moved to {{when}}. {SHORTEST}",
        ),
        EMAIL: _mail("Your appointment has moved. It is now:"),
    },
    Said.MOVED_MANY: {
        SMS: _text(
            f"{{practice}}: your appointments have moved to {{times}}. {TOLD}",
            "{practice}: your appointments have moved, the next to {when}. {stop}",
        ),
        EMAIL: _mail("Your appointments have moved. They are now:"),
    },
    Said.CHANGED: {
        SMS: _text(
            f"{{practice}}: a detail of your appointment {{when}} has changed. {ASKS}",
            f"{{practice}}: a detail of your appointment {{when}} has changed. {ASKS_SHORT}",
            f"{{practice}}: appointment {{when}} has changed. {SHORTEST}",
        ),
        EMAIL: _mail("There is a change to your appointment, not to its time:"),
    },
    Said.RESTORED: {
        SMS: _text(
            f"{{practice}}: your appointment {{when}} takes place after all. {ASKS}",
            f"{{practice}}: your appointment {{when}} takes place after all. {ASKS_SHORT}",
            f"{{practice}}: your appointment {{when}} takes place after all. {SHORTEST}",
        ),
        EMAIL: _mail("Your appointment takes place after all:"),
    },
    Said.CANCELLED: {
        SMS: _text(
            f"{{practice}}: your appointment {{when}} is cancelled. {TOLD}",
            f"{{practice}}: appointment {{when}} is cancelled. {TOLD_SHORT}",
        ),
        EMAIL: _mail("This appointment is cancelled:", "For a new one {call}."),
    },
    Said.CANCELLED_MANY: {
        SMS: _text(
            f"{{practice}}: your appointments {{times}} are cancelled. {TOLD}",
            f"{{practice}}: your appointments from {{date}} on are cancelled. {TOLD_SHORT}",
        ),
        EMAIL: _mail("These appointments are cancelled:", "For new ones {call}."),
    },
    Said.CHOICES: {
        SMS: _text(
            "{practice}: your appointment {when} cannot be as planned. Choose what suits you: {link} {phone} {stop}",
            "{practice}: appointment {when} has to change. Choose: {link} {phone} {stop}",
        ),
        EMAIL: _mail(
            "This appointment cannot be as planned:", "Please choose what suits you: {link}\n\nOr {call}."
        ),
    },
    Said.CHOICES_MANY: {
        SMS: _text(
            "{practice}: your appointments {times} cannot be as planned. Choose what suits you: {link} {phone} {stop}",
            "{practice}: your appointments from {date} on have to change. Choose: {link} {phone} {stop}",
        ),
        EMAIL: _mail(
            "These appointments cannot be as planned:", "Please choose what suits you: {link}\n\nOr {call}."
        ),
    },
    Said.CONFIRMED: {SMS: _text("Thank you, you are confirmed. See you {day} at {time}.")},
    Said.MOVED_SINCE: {SMS: _text("That visit has moved. It is now {when}. {choices}")},
    Said.ASKED_AGAIN: {
        SMS: _text(
            "Your visit is in less than {hours} hours. Reply C{code} again to cancel; for anything else {call}."
        )
    },
    Said.CANCELLED_BY_YOU: {SMS: _text("Your appointment {when} is cancelled. For a new one {call}.")},
    Said.ASKED_WHICH: {SMS: _text("Reply C{code} to cancel or R{code} to move.")},
    Said.MOVE_LINK: {SMS: _text("{practice}: choose another time here: {link}")},
    Said.CALL_TO_MOVE: {
        SMS: _text("To move your visit {call}. We have made a note that you want to."),
    },
    Said.CALL_US: {SMS: _text("We could not do that by text. About your visit {when} {call}.")},
}
SPANISH: dict[str, dict[str, tuple[Words, ...]]] = {
    Said.REMINDER: {
        SMS: _text(
            f"{{practice}}: tiene una cita el {{when}}. {ASKS}",
            f"{{practice}}: cita el {{when}}. {ASKS_SHORT}",
            f"{{practice}}: cita {{when}}. {SHORTEST}",
        ),
        EMAIL: _correo("Tiene una cita:"),
        VOICE: _text(
            "Hola, le llama {practice} para recordarle su cita del {when}. {choices} "
            "Para hablar con nosotros, {call}."
        ),
    },
    Said.MOVED: {
        SMS: _text(
            f"{{practice}}: su cita es ahora el {{when}}. {ASKS}",
            f"{{practice}}: su cita es ahora el {{when}}. {ASKS_SHORT}",
            f"{{practice}}: su cita es ahora {{when}}. {SHORTEST}",
        ),
        EMAIL: _correo("Su cita ha cambiado. Ahora es:"),
    },
    Said.MOVED_MANY: {
        SMS: _text(
            f"{{practice}}: sus citas son ahora: {{times}}. {TOLD}",
            "{practice}: sus citas han cambiado; la primera es {when}. {stop}",
        ),
        EMAIL: _correo("Sus citas han cambiado. Ahora son:"),
    },
    Said.CHANGED: {
        SMS: _text(
            f"{{practice}}: ha cambiado un detalle de su cita del {{when}}. {ASKS}",
            f"{{practice}}: un detalle de su cita del {{when}} es otro. {ASKS_SHORT}",
            f"{{practice}}: su cita {{when}} ha cambiado. {SHORTEST}",
        ),
        EMAIL: _correo("Hay un cambio en su cita, pero no en la hora:"),
    },
    Said.RESTORED: {
        SMS: _text(
            f"{{practice}}: su cita del {{when}} se mantiene. {ASKS}",
            f"{{practice}}: su cita del {{when}} se mantiene. {ASKS_SHORT}",
            f"{{practice}}: su cita {{when}} se mantiene. {SHORTEST}",
        ),
        EMAIL: _correo("Su cita se mantiene:"),
    },
    Said.CANCELLED: {
        SMS: _text(
            f"{{practice}}: su cita del {{when}} queda cancelada. {TOLD}",
            f"{{practice}}: su cita {{when}} queda cancelada. {TOLD_SHORT}",
        ),
        EMAIL: _correo("Esta cita queda cancelada:", "Para una nueva, {call}."),
    },
    Said.CANCELLED_MANY: {
        SMS: _text(
            f"{{practice}}: sus citas quedan canceladas: {{times}}. {TOLD}",
            f"{{practice}}: sus citas desde el {{date}} quedan canceladas. {TOLD_SHORT}",
        ),
        EMAIL: _correo("Estas citas quedan canceladas:", "Para otras nuevas, {call}."),
    },
    Said.CHOICES: {
        SMS: _text(
            "{practice}: su cita del {when} no puede ser como prevista. Elija lo que prefiera: {link} {phone} {stop}",
            "{practice}: su cita {when} tiene que cambiar. Elija: {link} {phone} {stop}",
        ),
        EMAIL: _correo(
            "Esta cita no puede ser como estaba prevista:",
            "Por favor elija lo que prefiera: {link}\n\nO {call}.",
        ),
    },
    Said.CHOICES_MANY: {
        SMS: _text(
            "{practice}: sus citas {times} no pueden ser como previstas. Elija lo que prefiera: {link} {phone} {stop}",
            "{practice}: sus citas desde el {date} tienen que cambiar. Elija: {link} {phone} {stop}",
        ),
        EMAIL: _correo(
            "Estas citas no pueden ser como estaban previstas:",
            "Por favor elija lo que prefiera: {link}\n\nO {call}.",
        ),
    },
    Said.CONFIRMED: {SMS: _text("Gracias, su cita queda confirmada. Le esperamos el {day} a las {time}.")},
    Said.MOVED_SINCE: {SMS: _text("Esa cita ha cambiado. Ahora es el {when}. {choices}")},
    Said.ASKED_AGAIN: {
        SMS: _text(
            "Faltan menos de {hours} horas para su cita. Responda C{code} otra vez para cancelar; si no, {call}."
        )
    },
    Said.CANCELLED_BY_YOU: {SMS: _text("Su cita del {when} queda cancelada. Para otra, {call}.")},
    Said.ASKED_WHICH: {SMS: _text("Responda C{code} para cancelar o R{code} para cambiar.")},
    Said.MOVE_LINK: {SMS: _text("{practice}: elija otra hora: {link}")},
    Said.CALL_TO_MOVE: {
        SMS: _text("Para cambiar su cita, {call}. Hemos anotado que desea cambiarla."),
    },
    Said.CALL_US: {SMS: _text("No pudimos hacerlo por texto. Sobre su cita del {when}, {call}.")},
}

_NOTICES = {
    NoticeKind.MOVED: (Said.MOVED, Said.MOVED_MANY),
    NoticeKind.CANCELLED: (Said.CANCELLED, Said.CANCELLED_MANY),
    NoticeKind.RESTORED: (Said.RESTORED, Said.RESTORED),
    NoticeKind.CHOICES: (Said.CHOICES, Said.CHOICES_MANY),
}
OF_OUTCOME = {
    Outcome.CONFIRMED: Said.CONFIRMED,
    Outcome.MOVED_SINCE: Said.MOVED_SINCE,
    Outcome.ASKED_AGAIN: Said.ASKED_AGAIN,
    Outcome.CANCELLED: Said.CANCELLED_BY_YOU,
    Outcome.ASKED_WHICH: Said.ASKED_WHICH,
    Outcome.MOVE_LINK: Said.MOVE_LINK,
    Outcome.CALL_TO_MOVE: Said.CALL_TO_MOVE,
    Outcome.CALL_US: Said.CALL_US,
}


def of_notice(kind: str, *, same_time: bool, several: bool) -> str:
    """A move that kept its time is another provider, place or way."""
    if kind == NoticeKind.MOVED and same_time:
        return Said.CHANGED
    return _NOTICES[NoticeKind(kind)][several]


def defaults_of(key: str) -> Mapping[tuple[str, str], tuple[Words, ...]]:
    """(channel, language) → versions. The portal says what the mail says."""
    found = {
        (str(channel), language): words
        for language, spoken in (("en", ENGLISH), ("es", SPANISH))
        for channel, words in spoken[key].items()
    }
    mails = {(str(PORTAL), spoken): words for (channel, spoken), words in found.items() if channel == EMAIL}
    return found | mails
