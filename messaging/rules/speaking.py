"""The phrases that fill variables, in each language: dates, times, how to answer, whom to call.

Spanish texts do without á, í, ó and ú: one of them would halve the room of a text (3GPP 23.038 has é and ñ only).
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
SHORT_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sab", "dom"),
}
MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip
AT = {"en": "at", "es": "a las"}


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
    language: str = "en"

    @property
    def local(self) -> dt.datetime:
        return self.start.astimezone(self.zone)

    @property
    def weekday(self) -> str:
        return DAYS[self.language][self.local.weekday()]

    @property
    def day(self) -> str:
        """`Tue Nov 24`; in Spanish `mar 24 nov`."""
        local = self.local
        day, month = SHORT_DAYS[self.language][local.weekday()], MONTHS[self.language][local.month - 1][:3]
        return f"{day} {local.day} {month}" if self.language == "es" else f"{day} {month} {local.day}"

    def clock(self, office: Office) -> str:
        local = self.local
        if office.h24:
            return f"{local:%H:%M}"
        return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"

    def long(self, office: Office) -> str:
        local, month = self.local, MONTHS[self.language][self.local.month - 1]
        if self.language == "es":
            return f"{self.weekday}, {local.day} de {month}, {self.clock(office)}"
        return f"{self.weekday}, {month} {local.day}, {self.clock(office)}"

    def at(self, office: Office) -> str:
        return f"{self.day} {AT[self.language]} {self.clock(office)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What may be answered. `code` tells people who share a number apart: Y4, C4, R4."""

    is_confirmed: bool = False
    code: str = ""


TEXT_CHOICES = {
    "en": "Reply Y{0} to confirm, C{0} to cancel, R{0} to move.",
    "es": "Responda Y{0} para confirmar, C{0} para cancelar, R{0} para cambiar.",
}
TEXT_CONFIRMED = {
    "en": "Reply C{0} to cancel, R{0} to move.",
    "es": "Responda C{0} para cancelar, R{0} para cambiar.",
}
TEXT_SHORT = {
    "en": "Y{0} confirm, C{0} cancel, R{0} move.",
    "es": "Y{0} confirmar, C{0} cancelar, R{0} cambiar.",
}
TEXT_CONFIRMED_SHORT = {"en": "C{0} cancel, R{0} move.", "es": "C{0} cancelar, R{0} cambiar."}
CALL_CHOICES = {
    "en": "Press 1 to confirm, 2 to cancel, 3 to move it, 9 to stop these calls.",
    "es": "Pulse 1 para confirmar, 2 para cancelar, 3 para cambiarla, 9 para no recibir llamadas.",
}
CALL_CONFIRMED = {
    "en": "Press 2 to cancel, 3 to move it, 9 to stop these calls.",
    "es": "Pulse 2 para cancelar, 3 para cambiarla, 9 para no recibir llamadas.",
}
NOT_CONFIRMED = Asking()
QUESTIONS = {"en": "Questions: {0}.", "es": "Preguntas: {0}."}
CALL_THEM = {"en": "please call {0}", "es": "llame al {0}"}
CALL_US = {"en": "please call us", "es": "llame a la oficina"}
STOP = {"en": "STOP to opt out.", "es": "STOP para no recibir textos."}


def choices(asking: Asking, language: str, *, spoken: bool = False) -> str:
    if spoken:
        return (CALL_CONFIRMED if asking.is_confirmed else CALL_CHOICES)[language]
    return (TEXT_CONFIRMED if asking.is_confirmed else TEXT_CHOICES)[language].format(asking.code)


def choices_short(asking: Asking, language: str) -> str:
    return (TEXT_CONFIRMED_SHORT if asking.is_confirmed else TEXT_SHORT)[language].format(asking.code)


def questions(office: Office, language: str) -> str:
    return QUESTIONS[language].format(office.phone) if office.phone else ""


def call(office: Office, language: str) -> str:
    return CALL_THEM[language].format(office.phone) if office.phone else CALL_US[language]
