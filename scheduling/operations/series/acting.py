"""What the acts on a series share: what they answer, whom they lock, which visits they may touch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.refusals import Blocked, Problem, Refusal, StaleEdit
from practice.models import Change
from practice.operations.acting import Acting
from practice.operations.images import image
from scheduling.models import Appointment, Series
from scheduling.operations.changing import somebody_came
from scheduling.operations.locking import TRIES, lock_places, lock_rows, refuse_stale
from scheduling.queries.series import pattern_of
from scheduling.rules import words
from scheduling.rules.moves import VISIT_ACTS
from scheduling.rules.wishes import Place


class Scope(StrEnum):
    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesActed:
    """What an act on a series did. `kept`: its visits in reach that the act left alone."""

    change: Change
    series: Series
    appointments: Sequence[Appointment]
    kept: Sequence[Appointment] = ()
    repeated: bool = False


class SeriesBlocked(Blocked):
    """`rows`: what stands against each refused row, by its place in the table."""

    def __init__(self, rows: Mapping[int, Sequence[Problem]], days: Mapping[int, dt.date]) -> None:
        self.rows = dict(rows)
        super().__init__(
            [
                replace(problem, message=f"{words.short_day(days[place])}: {problem.message}")
                for place, found in rows.items()
                for problem in found
            ]
        )


def done(
    acting: Acting, series: Series, visits: Sequence[Appointment], kept: Sequence[Appointment] = ()
) -> SeriesActed:
    result = {
        "appointment": visits[0].pk,
        "series": series.pk,
        "appointments": [visit.pk for visit in visits],
        "kept": [visit.pk for visit in kept],
    }
    acting.close(result)
    return SeriesActed(change=acting.change, series=series, appointments=visits, kept=kept)


def done_before(acting: Acting) -> SeriesActed:
    """The first answer to the same form. The series may be gone: what was undone stays undone."""
    result = acting.change.result
    series = Series.objects.filter(pk=result["series"]).first()
    visits = list(Appointment.objects.filter(pk__in=result["appointments"]))
    if series is None or not visits or acting.change.undone_at is not None:
        raise Refusal("This was already taken back.", remedy="Open a new form to do it again.")
    kept = list(Appointment.objects.filter(pk__in=result["kept"]))
    return SeriesActed(change=acting.change, series=series, appointments=visits, kept=kept, repeated=True)


def locked_series(
    appointment_id: int, *, to: Place | None = None, edition: int | None = None
) -> tuple[Appointment, list[Appointment], Series]:
    """(the visit, all visits of its series, the series), fresh, with everybody and every room of theirs locked.

    Reads them unlocked to learn whom to lock, then starts again if somebody moved one meanwhile.
    """
    for _ in range(TRIES):
        seen = all_of(appointment_id)
        clients = [person.client_id for visit in seen for person in visit.attendances.all()]
        lock_places([*seen, *([to] if to else [])], clients)
        lock_rows(Appointment, [visit.pk for visit in seen])
        fresh = all_of(appointment_id)
        if [_holders(visit) for visit in fresh] == [_holders(visit) for visit in seen]:
            anchor = next(visit for visit in fresh if visit.pk == appointment_id)
            refuse_stale(anchor, edition)
            return anchor, fresh, Series.objects.get(appointments=appointment_id)
    raise StaleEdit("Somebody else is changing this series right now.", remedy="Look at it again.")


def all_of(appointment_id: int) -> list[Appointment]:
    anchor = Appointment.objects.filter(pk=appointment_id).first()
    if anchor is None:
        raise Refusal("This visit no longer exists.", remedy="Look at the calendar again.")
    if anchor.series_id is None:
        raise Refusal("This visit does not repeat.", remedy="Change the visit itself.")
    rows = Appointment.objects.filter(series=anchor.series_id).order_by("starts_at", "pk")
    return list(rows.select_related("type", "series").prefetch_related("attendances"))


def _holders(visit: Appointment) -> tuple:
    people = tuple(sorted(person.client_id for person in visit.attendances.all()))
    return (visit.pk, visit.provider_id, visit.co_provider_id, visit.room_id, people)


def in_scope(
    anchor: Appointment, visits: Sequence[Appointment], scope: Scope, *, act: str, now: dt.datetime
) -> tuple[list[Appointment], list[Appointment]]:
    """(those the act touches, those in reach it leaves alone): never one that is past, decided or changed by itself."""
    reach = [v for v in visits if scope == Scope.ALL or v.starts_at >= anchor.starts_at]
    touched = [visit for visit in reach if _follows(visit, act, now)]
    if anchor not in touched:
        raise Refusal(
            "This visit no longer follows its series.",
            remedy="Choose “only this visit”, or open another visit of the series.",
        )
    return touched, [visit for visit in reach if visit not in touched]


def _follows(visit: Appointment, act: str, now: dt.datetime) -> bool:
    return (
        visit.starts_at > now
        and not visit.changed_alone
        and visit.state in VISIT_ACTS[act]
        and not somebody_came(visit)
    )


def end_rule_before(acting: Acting, series: Series, first: dt.datetime) -> None:
    """The rule ends the day before `first`. A rule of another system is left as it came."""
    pattern = pattern_of(series)
    if pattern is None:
        return
    before = image(series)
    last = first.astimezone(ZoneInfo(series.zone)).date() - dt.timedelta(days=1)
    series.rule = pattern.ending(last).rule
    acting.saved("series.ended", series, before)
