"""Visits as lines for COPY: what became of each, in wall-clock time of the practice."""

import datetime as dt
import json
from functools import lru_cache

from config.demo.chance import Chance
from config.demo.large.copying import NULL, Table
from config.demo.large.diary import Booking
from config.demo.large.habits import odds_of_missing
from config.demo.large.hours import COUPLES, FAMILY
from config.demo.large.people import Person
from config.demo.large.places import STEADY, Slot, monday_of
from config.demo.large.spells import Spell
from config.demo.places import ZONE
from scheduling.models import Appointment, Attendance, Series
from scheduling.states import AppointmentState, AttendanceState, CancelReason, ConfirmedHow, Source

BY_DAY = ("MO", "TU", "WE", "TH", "FR")
CLOCK = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440)]
NOTICE_MINUTES = 24 * 60
WINTER = (12, 1, 2)
THEIR_REASONS = [CancelReason.CLIENT_REQUEST] * 16 + [
    CancelReason.EMERGENCY, CancelReason.INSURANCE, CancelReason.NO_LONGER_NEEDED, CancelReason.OTHER,
]  # fmt: skip
PLAIN = "f\tf\t[]"  # not overbooked
NOT_CANCELLED = f"\t{NULL}\t\t{NULL}"
NOT_CONFIRMED = f"{NULL}\t\t{NULL}\t"
S, A = AppointmentState, AttendanceState


def stamp(ordinal: int, minute: int) -> str:
    """Wall-clock words; the minute may lie outside the day."""
    days, minute = divmod(minute, 1440)
    return f"{_iso(ordinal + days)} {CLOCK[minute]}"


@lru_cache(maxsize=4096)
def _iso(ordinal: int) -> str:
    return dt.date.fromordinal(ordinal).isoformat()


class Ink:
    """Writes a visit's line at once, and keeps those of its people and series until they are asked for.

    today, minute: the moment the practice opens on. desk: the user who books.
    """

    def __init__(self, people: list[Person], *, today: int, minute: int, desk: int) -> None:
        self.people, self.today, self.minute, self.desk = people, today, minute, desk
        self.appointments = Table(
            Appointment, "id", "public_id", *STEADY, "starts_at", "ends_at", "series_id", "source", "state",
            "hold_until", "overbooked_provider", "overbooked_room", "overrides", "started_at", "completed_at",
            "cancel_reason", "cancelled_at", "cancelled_by_kind", "cancelled_by_id",
        )  # fmt: skip
        self.attendances = Table(
            Attendance, "id", "appointment_id", "client_id", "state", "confirmed_at", "confirmed_by_kind",
            "confirmed_by_id", "confirmed_how", "arrived_at", "late_cancelled",
        )  # fmt: skip
        self.series = Table(Series, "id", "public_id", "rule", "starts_on", "local_time", "zone")
        self.attendance_lines: list[str] = []
        self.series_lines: list[str] = []
        self.slot_series: dict[int, int] = {}
        self.number = self.attendance_number = self.series_number = 0
        self.cancelled = False

    def line(self, chance: Chance, booking: Booking) -> str:
        """The appointment's. Afterwards `cancelled` says whether its time is free again."""
        self.number += 1
        slot = booking.slot
        start = slot.place.minute
        tail = self._tail(chance, booking)
        self.cancelled = tail.startswith(S.CANCELLED.value)
        source = Source.SERIES if booking.is_series else Source.STAFF
        return (
            f"{self.number}\t{uuid_text(chance)}\t{self._steady(booking)}\t{stamp(booking.ordinal, start)}\t"
            f"{stamp(booking.ordinal, start + slot.minutes)}\t{self._series_of(chance, booking)}\t{source}\t"
            f"{tail}{self.appointments.rest}"
        )

    def _steady(self, booking: Booking) -> str:
        """Couples and families are called by their names, offers after the waiting list."""
        slot = booking.slot
        if booking.held:
            return slot.text + "waitlist"
        if slot.place.kind not in {COUPLES, FAMILY}:
            return slot.text
        one, other = (self.people[n] for n in booking.clients)
        together = f"{one.first_name} & {other.first_name} {one.last_name}"
        return slot.text + (f"The {one.last_name} family" if slot.place.kind == FAMILY else together)

    def _tail(self, chance: Chance, booking: Booking) -> str:
        starts = (booking.ordinal - self.today) * 1440 + booking.slot.place.minute - self.minute
        if booking.held:
            return _tail(S.HELD, hold=stamp(self.today, self.minute + 112))
        if starts > 0:
            return self._ahead(chance, booking, starts)
        if starts + booking.slot.minutes > 0:
            return self._going_on(booking)
        return self._past(chance, booking)

    # --- What became of it ---------------------------------------------------------------------

    def _past(self, chance: Chance, booking: Booking) -> str:
        if not booking.over and self._gives_up(chance, booking):
            return self._cancel(chance, booking, before=_notice(chance))
        came = [self._came(chance, booking, n, alone=len(booking.clients) <= 2) for n in booking.clients[:1]]
        came += [
            self._repeat(booking, n, came[0]) if len(booking.clients) == 2
            else self._came(chance, booking, n, alone=False)
            for n in booking.clients[1:]
        ]  # fmt: skip
        flags = self._flags(booking)
        if came and not any(came):
            return _tail(S.SCHEDULED, flags=flags)
        start = stamp(booking.ordinal, booking.slot.place.minute)
        end = stamp(booking.ordinal, booking.slot.place.minute + booking.slot.minutes)
        return _tail(S.COMPLETED, flags=flags, started=start, completed=end)

    def _gives_up(self, chance: Chance, booking: Booking) -> bool:
        """The whole visit is cancelled. A group meets without those who cannot come."""
        if len(booking.clients) > 2:
            return False
        odds = self.people[booking.clients[0]].habit.cancels if booking.clients else 0.03
        return chance.odds(odds * (1.3 if booking.lead_days > 21 else 1.0))

    def _came(self, chance: Chance, booking: Booking, n: int, *, alone: bool) -> bool:
        """Write the attendance of one client on a visit that took place, as far as they are concerned."""
        one, place = self.people[n], booking.slot.place
        if not alone and chance.odds(one.habit.cancels):
            self._attend(n, A.EXCUSED if chance.odds(0.3) else A.CANCELLED)
            return False
        confirmed = chance.odds(one.habit.answers)
        odds = odds_of_missing(
            one.habit, minute=place.minute, weekday=place.weekday, lead_days=booking.lead_days,
            confirmed=confirmed, video=booking.slot.is_video,
        )  # fmt: skip
        missed = chance.odds(odds)
        said = stamp(booking.ordinal, place.minute - chance.randint(1200, 2879)) if confirmed else ""
        arrived = "" if missed else stamp(booking.ordinal, place.minute - chance.randint(0, 12))
        self._attend(n, A.ABSENT if missed else A.ATTENDED, confirmed=said, arrived=arrived)
        return not missed

    def _repeat(self, booking: Booking, n: int, came: bool) -> bool:
        """The second of a couple does as the first did."""
        arrived = stamp(booking.ordinal, booking.slot.place.minute - 2) if came else ""
        self._attend(n, A.ATTENDED if came else A.ABSENT, arrived=arrived)
        return came

    def _going_on(self, booking: Booking) -> str:
        minute = booking.slot.place.minute
        for n in booking.clients:
            self._attend(n, A.ARRIVED, arrived=stamp(booking.ordinal, minute - 4))
        return _tail(S.IN_SESSION, flags=self._flags(booking), started=stamp(booking.ordinal, minute))

    def _ahead(self, chance: Chance, booking: Booking, starts: int) -> str:
        """starts: in so many minutes."""
        if not booking.over and booking.clients and chance.odds(0.025):
            return self._cancel(chance, booking, before=starts + chance.randint(10, 4000))
        for n in booking.clients:
            self._expect(chance, n, starts)
        return _tail(S.SCHEDULED, flags=self._flags(booking))

    def _expect(self, chance: Chance, n: int, starts: int) -> None:
        asked = 0.85 if starts < 2 * 1440 else 0.35 if starts < 7 * 1440 else 0.04
        confirmed = chance.odds(asked * self.people[n].habit.answers)
        said = stamp(self.today, self.minute - chance.randint(1, 900)) if confirmed else ""
        is_here = starts <= 15 and chance.odds(0.6)
        arrived = stamp(self.today, self.minute - chance.randint(0, 9)) if is_here else ""
        self._attend(n, A.ARRIVED if is_here else A.EXPECTED, confirmed=said, arrived=arrived)

    def _cancel(self, chance: Chance, booking: Booking, *, before: int) -> str:
        """before: minutes from then to the visit's start."""
        minute = booking.slot.place.minute
        theirs = bool(booking.clients) and chance.odds(0.82)
        late = theirs and before < NOTICE_MINUTES
        for n in booking.clients:
            self._attend(n, A.CANCELLED, late=late)
        reason = chance.choice(THEIR_REASONS) if theirs else self._our_reason(chance, booking.ordinal)
        by_client = theirs and chance.odds(0.55)
        who = f"client\t{booking.clients[0] + 1}" if by_client else f"user\t{self.desk}"
        at = stamp(booking.ordinal, minute - before)
        return _tail(S.CANCELLED, cancelled=f"{reason.value}\t{at}\t{who}")

    def _our_reason(self, chance: Chance, ordinal: int) -> CancelReason:
        winter = dt.date.fromordinal(ordinal).month in WINTER
        return CancelReason.WEATHER if winter and chance.odds(0.3) else CancelReason.PROVIDER_UNAVAILABLE

    def _attend(
        self, n: int, state: AttendanceState, *, confirmed: str = "", arrived: str = "", late: bool = False
    ) -> None:
        self.attendance_number += 1
        pk = n + 1
        said = f"{confirmed}\tclient\t{pk}\t{ConfirmedHow.SMS.value}" if confirmed else NOT_CONFIRMED
        self.attendance_lines.append(
            f"{self.attendance_number}\t{self.number}\t{pk}\t{state.value}\t{said}\t{arrived or NULL}\t"
            f"{'t' if late else 'f'}{self.attendances.rest}"
        )

    def _flags(self, booking: Booking) -> str:
        if not booking.over:
            return PLAIN
        has_room = not booking.slot.is_video
        line = {"reason": "Urgent: asked for today", "by": f"user {self.desk}"}
        line["at"] = stamp(booking.ordinal, booking.slot.place.minute - 1440)
        codes = ["provider_busy", *(["room_busy"] if has_room else [])]
        overrides = json.dumps([{"code": code, **line} for code in codes])
        return f"t\t{'t' if has_room else 'f'}\t{overrides}"

    # --- Series --------------------------------------------------------------------------------

    def _series_of(self, chance: Chance, booking: Booking) -> str | int:
        if not booking.is_series:
            return NULL
        slot, spell = booking.slot, booking.spell
        if spell is None:
            known = self.slot_series.get(slot.number, 0)
            self.slot_series[slot.number] = known or self._new_series(chance, slot, spell)
            return self.slot_series[slot.number]
        spell.series = spell.series or self._new_series(chance, slot, spell)
        return spell.series

    def _new_series(self, chance: Chance, slot: Slot, spell: Spell | None) -> int:
        self.series_number += 1
        every, phase, first = (
            (spell.lane.every, spell.lane.phase, spell.first) if spell else (1, 0, slot.post.hired)
        )
        week = first + (phase - first) % every
        interval = f";INTERVAL={every}" if every > 1 else ""
        rule = f"FREQ=WEEKLY{interval};BYDAY={BY_DAY[slot.place.weekday]}"
        on = monday_of(week) + dt.timedelta(days=slot.place.weekday)
        self.series_lines.append(
            f"{self.series_number}\t{uuid_text(chance)}\t{rule}\t{on}\t{CLOCK[slot.place.minute]}\t{ZONE}{self.series.rest}"
        )
        return self.series_number


def _tail(
    state: AppointmentState,
    *,
    hold: str = NULL,
    flags: str = PLAIN,
    started: str = NULL,
    completed: str = NULL,
    cancelled: str = NOT_CANCELLED,
) -> str:
    return f"{state.value}\t{hold}\t{flags}\t{started}\t{completed}\t{cancelled}"


def _notice(chance: Chance) -> int:
    """Minutes before the visit somebody cancels: nearly half of them late."""
    return chance.randint(20, 1439) if chance.odds(0.45) else 1440 + int(chance.expovariate(1 / 3000))


def uuid_text(chance: Chance) -> str:
    """As `Chance.uuid`, without making the object."""
    digits = f"{chance.getrandbits(128):032x}"
    return f"{digits[:12]}4{digits[13:16]}{'89ab'[int(digits[16], 16) % 4]}{digits[17:]}"
