"""What the waiting list says to clients unless the practice wrote its own words. Neutral: no name, service or place."""

from __future__ import annotations

from collections.abc import Mapping

from messaging.rules.wording import Words
from messaging.wordings import Wording, register
from practice.states import Channel

OFFERED, BOOKED, PASSED, GONE, CALL_US = "offer", "offer_booked", "offer_passed", "offer_gone", "offer_call"
INVITED = "waitlist_invite"
# Of a place in what meets again and again.
PLACE_OFFERED, PLACE_TAKEN, PLACE_GONE = "place", "place_taken", "place_gone"
OF_PLACES = {OFFERED: PLACE_OFFERED, BOOKED: PLACE_TAKEN, GONE: PLACE_GONE}
SMS, EMAIL, VOICE = str(Channel.SMS), str(Channel.EMAIL), str(Channel.VOICE)
GROUP = "Offers from the waiting list"
# How to answer; the code tells people who share a number apart.
CHOICES = {
    "en": "Reply Y{0} to take it, N{0} to pass.",
    "es": "Responda Y{0} para aceptarla, N{0} para dejarla.",
}
CHOICES_SHORT = {"en": "Y{0} take it, N{0} pass.", "es": "Y{0} aceptar, N{0} dejar."}
CHOICES_SPOKEN = {
    "en": "Press 1 to take it, 2 to pass, 9 to stop these calls.",
    "es": "Pulse 1 para aceptarla, 2 para dejarla, 9 para no recibir llamadas.",
}

Versions = Mapping[tuple[str, str], tuple[Words, ...]]


def _both(english: tuple[str, ...], spanish: tuple[str, ...]) -> Versions:
    return {(SMS, "en"): tuple(map(Words, english)), (SMS, "es"): tuple(map(Words, spanish))}


def _mail(subject: str, *paragraphs: str) -> tuple[Words, ...]:
    return (Words("\n\n".join(paragraphs), subject),)


DEFAULTS: dict[str, Versions] = {
    OFFERED: {
        **_both(
            (
                "{practice}: a time is open {when}. {choices} Kept for you until {until}. {link} {stop}",
                "{practice}: a time is open {when}. {choices} Kept until {until}. {stop}",
                "{practice}: open {when}. {choices_short} Until {until}. {stop}",
            ),
            (
                "{practice}: hay una hora libre {when}. {choices} Es suya hasta {until}. {link} {stop}",
                "{practice}: hay una hora libre {when}. {choices} Hasta {until}. {stop}",
                "{practice}: libre {when}. {choices_short} Hasta {until}. {stop}",
            ),
        ),
        (EMAIL, "en"): _mail(
            "A time is open on {date}",
            "Hello,",
            "A time you are waiting for is open:",
            "  {when}\n  {location}",
            "It is kept for you until {until}. To take it or pass:",
            "{link}",
            "Or {call}.",
            "{practice}",
        ),
        (EMAIL, "es"): _mail(
            "Hay una hora libre el {date}",
            "Hola:",
            "Hay una hora libre como la que usted espera:",
            "  {when}\n  {location}",
            "Es suya hasta {until}. Para aceptarla o dejarla pasar:",
            "{link}",
            "O {call}.",
            "{practice}",
        ),
        (VOICE, "en"): (
            Words(
                "Hello, this is {practice}. A time you are waiting for is open: {when}. {choices} "
                "To speak with us, {call}."
            ),
        ),
        (VOICE, "es"): (
            Words(
                "Hola, le llama {practice}. Hay una hora libre como la que usted espera: {when}. {choices} "
                "Para hablar, {call}."
            ),
        ),
    },
    BOOKED: {
        **_both(
            ("{practice}: you are booked {when}. {questions} {stop}", "{practice}: you are booked {when}. {stop}"),
            ("{practice}: su cita es {when}. {questions} {stop}", "{practice}: su cita es {when}. {stop}"),
        ),
        (EMAIL, "en"): _mail(
            "You are booked on {date}", "Hello,", "You are booked:", "  {when}\n  {location}", "{questions}",
            "{practice}",
        ),
        (EMAIL, "es"): _mail(
            "Su cita del {date}", "Hola:", "Su cita es:", "  {when}\n  {location}", "{questions}", "{practice}",
        ),
    },
    PASSED: _both(
        (
            "Thank you for telling us. You keep your place on our list. To say why, in one tap: {link}",
            "Thank you for telling us. You keep your place on our list.",
        ),
        (
            "Gracias por avisarnos. Conserva su lugar en nuestra lista. Para decirnos por que: {link}",
            "Gracias por avisarnos. Conserva su lugar en nuestra lista.",
        ),
    ),
    GONE: {
        **_both(
            (
                "{practice}: that time is taken now. You keep your place, and get the next one that fits.",
                "{practice}: that time is taken now. You keep your place on our list.",
            ),
            (
                "{practice}: esa hora ya no esta libre. Conserva su lugar y le ofreceremos la siguiente.",
                "{practice}: esa hora ya no esta libre. Conserva su lugar.",
            ),
        ),
        (EMAIL, "en"): _mail(
            "That time is taken now", "Hello,", "The time we offered you is taken now. You keep your place on our "
            "list, and get the next one that fits.", "{practice}",
        ),
        (EMAIL, "es"): _mail(
            "Esa hora ya no está libre", "Hola:", "La hora que le ofrecimos ya no está libre. Conserva su lugar en "
            "nuestra lista y le ofreceremos la siguiente que convenga.", "{practice}",
        ),
    },
    INVITED: {
        **_both(
            ("{practice}: tell us which times would suit you, and we offer you one that comes free: {link} {stop}",
             "{practice}: which times would suit you? {link} {stop}"),
            ("{practice}: díganos que horas le convienen y le ofreceremos una: {link} {stop}",
             "{practice}: que horas le convienen? {link} {stop}"),
        ),
        (EMAIL, "en"): _mail(
            "Which times would suit you?", "Hello,", "Tell us which times would suit you. When one comes free we offer "
            "it to you:", "{link}", "{questions}", "{practice}",
        ),
        (EMAIL, "es"): _mail(
            "¿Qué horas le convienen?", "Hola:", "Díganos qué horas le convienen. Cuando se libere una se la "
            "ofrecemos:", "{link}", "{questions}", "{practice}",
        ),
    },
    PLACE_OFFERED: {
        **_both(
            (
                "{practice}: a place you wait for is open, from {when} on. {choices} Until {until}. {link} {stop}",
                "{practice}: a place you wait for is open, from {when} on. {choices} Until {until}. {stop}",
                "{practice}: a place is open from {when}. {choices_short} Until {until}. {stop}",
            ),
            (
                "{practice}: hay una plaza libre para usted desde {when}. {choices} Hasta {until}. {link} {stop}",
                "{practice}: hay una plaza libre para usted desde {when}. {choices} Hasta {until}. {stop}",
                "{practice}: plaza libre desde {when}. {choices_short} Hasta {until}. {stop}",
            ),
        ),
        (EMAIL, "en"): _mail(
            "A place is open from {date} on",
            "Hello,",
            "A place you are waiting for is open. It would be yours from this day on, each time:",
            "  {when}\n  {location}",
            "Please tell us by {until}. After that we ask whoever is next. To take it or pass:",
            "{link}",
            "Or {call}.",
            "{practice}",
        ),
        (EMAIL, "es"): _mail(
            "Hay una plaza libre desde el {date}",
            "Hola:",
            "Hay una plaza libre como la que usted espera. Sería suya desde este día, cada vez:",
            "  {when}\n  {location}",
            "Responda antes de {until}. Después preguntamos a la persona siguiente. Para aceptarla o dejarla pasar:",
            "{link}",
            "O {call}.",
            "{practice}",
        ),
        (VOICE, "en"): (
            Words(
                "Hello, this is {practice}. A place you are waiting for is open, from {when} on. {choices} "
                "To speak with us, {call}."
            ),
        ),
        (VOICE, "es"): (
            Words(
                "Hola, le llama {practice}. Hay una plaza libre como la que usted espera, desde {when}. {choices} "
                "Para hablar, {call}."
            ),
        ),
    },
    PLACE_TAKEN: {
        **_both(
            ("{practice}: the place is yours, from {when} on. {questions} {stop}",
             "{practice}: the place is yours, from {when} on. {stop}"),
            ("{practice}: la plaza es suya desde {when}. {questions} {stop}",
             "{practice}: la plaza es suya desde {when}. {stop}"),
        ),
        (EMAIL, "en"): _mail(
            "Your place from {date} on", "Hello,", "The place is yours, from this day on:", "  {when}\n  {location}",
            "{questions}", "{practice}",
        ),
        (EMAIL, "es"): _mail(
            "Su plaza desde el {date}", "Hola:", "La plaza es suya desde este día:", "  {when}\n  {location}",
            "{questions}", "{practice}",
        ),
    },
    PLACE_GONE: {
        **_both(
            (
                "{practice}: that place is taken now. You keep your turn, and we write when the next one opens.",
                "{practice}: that place is taken now. You keep your turn.",
            ),
            (
                "{practice}: esa plaza ya no esta libre. Conserva su turno y le ofreceremos la siguiente.",
                "{practice}: esa plaza ya no esta libre. Conserva su turno.",
            ),
        ),
        (EMAIL, "en"): _mail(
            "That place is taken now", "Hello,", "The place we offered you is taken now. You keep your turn, and we "
            "write when the next one opens.", "{practice}",
        ),
        (EMAIL, "es"): _mail(
            "Esa plaza ya no está libre", "Hola:", "La plaza que le ofrecimos ya no está libre. Conserva su turno y le "
            "ofreceremos la siguiente.", "{practice}",
        ),
    },
    CALL_US: _both(
        ("{practice}: we could not book that by text. About it, {call}.",),
        ("{practice}: no pudimos hacerlo por texto. Sobre esa hora, {call}.",),
    ),
}  # fmt: skip
UNTIL = {"en": "12:00 pm", "es": "12:00 pm"}
SAMPLES = {
    language: {
        "until": UNTIL[language],
        "choices": CHOICES[language].format(""),
        "choices_short": CHOICES_SHORT[language].format(""),
    }
    for language in UNTIL
}
LABELS = {
    OFFERED: ("An open time", "When a time comes free that fits somebody who waits."),
    BOOKED: ("Booked from the list", "After a Y to an offer."),
    PASSED: ("Passed", "After an N to an offer."),
    GONE: (
        "The time is gone",
        "When somebody else was quicker, the time was filled by hand, or a Y came too late.",
    ),
    INVITED: ("Asked for wishes", "When staff send somebody the link to put themselves on the list."),
    PLACE_OFFERED: ("An open place", "When a place comes free that somebody stands in line for."),
    PLACE_TAKEN: ("The place is theirs", "After a Y to an offered place."),
    PLACE_GONE: (
        "The place is gone",
        "When it was given by hand, somebody else was quicker, or a Y came too late.",
    ),
    CALL_US: ("Could not be done by text", "When a Y could not be booked, and a person has to look."),
}


def register_all() -> None:
    for key, (label, when) in LABELS.items():
        register(
            Wording(
                key=key,
                label=label,
                group=GROUP,
                when=when,
                defaults=DEFAULTS[key],
                names_practice=key in (OFFERED, GONE, INVITED, PLACE_OFFERED, PLACE_GONE),
                asks=key in (OFFERED, PLACE_OFFERED),
                samples=SAMPLES,
            )
        )
