"""Load the benchmark practice: all of it by COPY, in one transaction, under every constraint.

Places, people, the past and the weeks ahead have dice of their own, the last two even for each day: so the same
practice can be had with more or less of a past.
"""

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

from config.demo.accounts import make_accounts
from config.demo.chance import Chance
from config.demo.large.copying import step_over, wall_clock, without_references
from config.demo.large.diary import Booking, Diary
from config.demo.large.ink import Ink
from config.demo.large.people import make_people
from config.demo.large.places import make_clinic, week_of
from config.demo.large.scales import Scale
from config.demo.large.spells import make_care
from config.demo.people import FIRST_NUMBER
from config.demo.places import ZONE
from reminders.models import Reminder
from reminders.operations.planning import BATCH, plan
from scheduling.models import Appointment, Attendance, Series
from scheduling.states import AppointmentState

CHUNK = 25_000  # visits per COPY: those whose people are kept in memory meanwhile
AT_ONCE = 200
SINGLES_PAST = 0.5  # of the places nobody has a series in
SINGLES_AHEAD, SINGLES_FADE = 0.95, 0.7  # this week, and how much of it is left a week later
HELD = 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was loaded. past: appointments before the day the practice opens on; ahead: of that day and later."""

    providers: int
    clients: int
    appointments: int
    past: int
    ahead: int
    attendances: int
    reminders: int


class TooLittlePast(ValueError):
    """The practice is not old enough for so many visits."""


def quiet(_: str) -> None:
    """Say nothing."""


@transaction.atomic
def load(
    scale: Scale,
    *,
    seed: int,
    now: dt.datetime,
    past_visits: int | None = None,
    say: Callable[[str], None] = quiet,
) -> Made:
    """`now` is the moment the practice opens on, in aware UTC; `past_visits` is the scale's own unless given."""
    wanted = scale.past_visits if past_visits is None else past_visits
    opens = now.astimezone(zoneinfo.ZoneInfo(ZONE))
    today, week = opens.date(), week_of(opens.date())
    clinic = make_clinic(scale, Chance(f"{seed} places"), today)
    providers = {post.provider.last_name: post.provider for post in clinic.posts}
    desk = make_accounts(providers)["desk@demo.test"].pk
    first, last = week - scale.weeks_back, week + scale.weeks_ahead
    dice = Chance(f"{seed} people")
    care = make_care(dice, clinic, clients=scale.clients, first=first, today=week, last=last)
    people = make_people(dice, clinic, care, clients=scale.clients, now=now, week=week, desk=desk)
    say(f"{len(clinic.posts)} providers and {len(people)} clients")
    ink = Ink(people, today=today.toordinal(), minute=opens.hour * 60 + opens.minute, desk=desk)
    pages = Pages(seed, Diary(clinic, care), ink, today.toordinal(), say)
    with without_references(Appointment, Attendance):
        pages.pour(pages.ahead(last * 7 + 7))
        ahead = ink.number
        pages.pour(pages.past(first * 7 + 1), wanted=ahead + wanted)
        if ink.number < ahead + wanted:
            raise TooLittlePast(f"Scale {scale.name} has a past of {ink.number - ahead} visits at most.")
    say("references checked")
    _settle(ink, people=len(people))
    say("reminders")
    _plan_reminders(now)
    return Made(
        providers=len(clinic.posts),
        clients=len(people),
        appointments=ink.number,
        past=wanted,
        ahead=ahead,
        attendances=ink.attendance_number,
        reminders=Reminder.objects.count(),
    )


class Pages:
    """The days of the diary, poured into the database visit by visit."""

    def __init__(self, seed: int, diary: Diary, ink: Ink, today: int, say: Callable[[str], None]) -> None:
        self.seed, self.diary, self.ink, self.today, self.say = seed, diary, ink, today, say

    def ahead(self, last: int) -> Iterator[tuple[Chance, Booking]]:
        for ordinal in range(self.today, last + 1):
            chance = Chance(f"{self.seed} ahead {ordinal}")
            singles = SINGLES_AHEAD * SINGLES_FADE ** ((ordinal - self.today) / 7)
            for booking in self.diary.day(chance, ordinal, today=self.today, singles=singles, held=HELD):
                yield chance, booking

    def past(self, first: int) -> Iterator[tuple[Chance, Booking]]:
        """Newest day first."""
        for ordinal in range(self.today - 1, first - 1, -1):
            chance = Chance(f"{self.seed} past {ordinal}")
            for booking in self.diary.day(chance, ordinal, today=self.today, singles=SINGLES_PAST):
                yield chance, booking

    def pour(self, bookings: Iterator[tuple[Chance, Booking]], wanted: int | None = None) -> None:
        """Until there are `wanted` visits, or the days are over."""
        lines = self._lines(bookings, wanted)
        while self._pour_chunk(lines):
            self.say(f"{self.ink.number} visits")

    def _pour_chunk(self, lines: Iterator[str]) -> bool:
        """Visits go out while the next are thought of, so both processors have work."""
        ink, number = self.ink, self.ink.number
        with wall_clock(ZONE):
            with ink.appointments.copying() as out:
                while ink.number - number < CHUNK and (some := list(islice(lines, AT_ONCE))):
                    out.write("".join(some))
            ink.series.copy_text(ink.series_lines)
            ink.attendances.copy_text(ink.attendance_lines)
        ink.series_lines, ink.attendance_lines = [], []
        return ink.number > number

    def _lines(self, bookings: Iterator[tuple[Chance, Booking]], wanted: int | None) -> Iterator[str]:
        for chance, booking in bookings:
            after: Booking | None = booking
            while after and (wanted is None or self.ink.number < wanted):
                yield self.ink.line(chance, after)
                after = self._after(chance, after)
            if wanted is not None and self.ink.number >= wanted:
                return

    def _after(self, chance: Chance, booking: Booking) -> Booking | None:
        """Somebody in place of a cancelled visit, or over one that stands."""
        if booking.over or booking.held:
            return None
        if self.ink.cancelled:
            return self.diary.instead(chance, booking)
        return self.diary.beside(chance, booking)


def _settle(ink: Ink, *, people: int) -> None:
    """Sequences go on after what was written, and the planner learns how much there is."""
    step_over(Appointment, ink.number)
    step_over(Attendance, ink.attendance_number)
    step_over(Series, ink.series_number)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval('practice_record_number', greatest(%s, nextval('practice_record_number')))",
            [FIRST_NUMBER + people - 1],
        )
        cursor.execute("ANALYZE")


def _plan_reminders(now: dt.datetime) -> None:
    """The real plan, of every visit ahead."""
    ahead = Appointment.objects.filter(starts_at__gt=now, state=AppointmentState.SCHEDULED).order_by("pk")
    while visits := list(ahead[:BATCH]):
        plan(visits, change=None, now=now, greet=lambda _: False, are_new=True)
        ahead = ahead.filter(pk__gt=visits[-1].pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reminders_reminder, scheduling_attendance, scheduling_providerday")
