"""What clients read. Neutral: no name, provider, service or place; one GSM-7 segment for ordinary names."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from messaging.rules.segments import segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """`phone` as people dial it, or empty."""

    sender: str
    phone: str = ""
    h24: bool = False
    notice_hours: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A visit's start and the zone it is told in: its location's."""

    start: dt.datetime
    zone: ZoneInfo

    @property
    def local(self) -> dt.datetime:
        return self.start.astimezone(self.zone)

    @property
    def day(self) -> str:
        return f"{self.local:%a %b} {self.local.day}"

    def clock(self, office: Office) -> str:
        local = self.local
        if office.h24:
            return f"{local:%H:%M}"
        return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"

    def long(self, office: Office) -> str:
        return f"{self.local:%A}, {self.local:%B} {self.local.day}, {self.clock(office)}"

    def at(self, office: Office) -> str:
        return f"{self.day} at {self.clock(office)}"


CHOICES, CHOICES_SHORT = "Reply Y to confirm, C to cancel, R to move.", "Y confirm, C cancel, R move."
CONFIRMED_CHOICES, CONFIRMED_SHORT = "Reply C to cancel, R to move.", "C cancel, R move."
OPT_OUT = "STOP to opt out."


def reminder(when: When, office: Office, *, confirmed: bool, first: bool) -> str:
    """The initial confirmation and every reminder; who has confirmed is not asked again."""
    full, short = (CONFIRMED_CHOICES, CONFIRMED_SHORT) if confirmed else (CHOICES, CHOICES_SHORT)
    start = f"{office.sender}: you have an appointment {when.at(office)}."
    return _fitting(
        [start, full, _questions(office), _stop(first)],
        [f"{office.sender}: appointment {when.at(office)}.", short, office.phone, _stop(first)],
        [f"{office.sender}: appointment {when.at(office)}.", short, _stop(first)],
    )


def moved(whens: list[When], office: Office, *, first: bool) -> str:
    """One visit asks for an answer; several in one act are only told."""
    if len(whens) > 1:
        times = ", ".join(when.at(office) for when in whens)
        return _fitting(
            [f"{office.sender}: your appointments have moved to {times}.", _questions(office), _stop(first)],
            [
                f"{office.sender}: your appointments have moved, the next to {whens[0].at(office)}.",
                _stop(first),
            ],
        )
    start = f"{office.sender}: your appointment has moved to {whens[0].at(office)}."
    return _fitting(
        [start, CHOICES, _questions(office), _stop(first)],
        [start, CHOICES_SHORT, office.phone, _stop(first)],
        [start, CHOICES_SHORT, _stop(first)],
    )


def changed(whens: list[When], office: Office, *, first: bool) -> str:
    """Where, how or with whom, not when: the words stay general, so that a glance learns nothing."""
    start = f"{office.sender}: a detail of your appointment {whens[0].at(office)} has changed."
    return _fitting(
        [start, CHOICES, _questions(office), _stop(first)],
        [start, CHOICES_SHORT, office.phone, _stop(first)],
        [f"{office.sender}: appointment {whens[0].at(office)} has changed.", CHOICES_SHORT, _stop(first)],
    )


def restored(whens: list[When], office: Office, *, first: bool) -> str:
    start = f"{office.sender}: your appointment {whens[0].at(office)} takes place after all."
    return _fitting(
        [start, CHOICES, _questions(office), _stop(first)],
        [start, CHOICES_SHORT, office.phone, _stop(first)],
        [start, CHOICES_SHORT, _stop(first)],
    )


def cancelled(whens: list[When], office: Office, *, first: bool) -> str:
    times = ", ".join(when.at(office) for when in whens)
    what = "your appointment" if len(whens) == 1 else "your appointments"
    verb = "is" if len(whens) == 1 else "are"
    return _fitting(
        [f"{office.sender}: {what} {times} {verb} cancelled.", _questions(office), _stop(first)],
        [f"{office.sender}: {what} from {whens[0].day} on {verb} cancelled.", office.phone, _stop(first)],
    )


def confirmed(when: When, office: Office) -> str:
    return f"Thank you, you are confirmed. See you {when.local:%A} at {when.clock(office)}."


def moved_since(when: When, office: Office) -> str:
    return f"That visit has moved. It is now {when.at(office)}. {CHOICES}"


def asked_again(when: When, office: Office) -> str:
    return (
        f"Your visit is in less than {office.notice_hours} hours. Reply C again to cancel; "
        f"for anything else {_call(office)}."
    )


def cancelled_by_you(when: When, office: Office) -> str:
    return f"Your appointment {when.at(office)} is cancelled. For a new one {_call(office)}."


def cancel_or_move(when: When, office: Office) -> str:
    return "Reply C to cancel or R to move."


def call_to_move(when: When, office: Office) -> str:
    return f"To move your visit {_call(office)}. We have made a note that you want to."


def call_us(when: When, office: Office) -> str:
    return f"We could not do that by text. About your visit {when.at(office)} {_call(office)}."


def subject_line(when: When) -> str:
    return f"Your appointment on {when.day}"


def _questions(office: Office) -> str:
    return f"Questions: {office.phone}." if office.phone else ""


def _stop(first: bool) -> str:
    return OPT_OUT if first else ""


def _call(office: Office) -> str:
    return f"please call {office.phone}" if office.phone else "please call us"


def _fitting(*versions: list[str]) -> str:
    """The first that fits one segment; else the last, shortest one."""
    texts = [" ".join(part for part in parts if part) for parts in versions]
    return next((text for text in texts if segments(text) == 1), texts[-1])
