"""An act on several visits of a series, looked at before it is done. Reads only; the act decides again under locks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from core.actors import Actor
from core.refusals import Problem, Severity
from practice.permissions import may
from scheduling.models import Appointment, Series
from scheduling.operations.series.acting import Scope, all_of, in_scope
from scheduling.operations.series.changing import wishes_of
from scheduling.queries.many import Ledger
from scheduling.queries.series import asked_of, book_of, leave_out, may_stand
from scheduling.rules.problems import problems
from scheduling.rules.wishes import Place, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One visit the act would touch. `to`: where it would go; None where it would be cancelled."""

    visit: Appointment
    to: Wish | None = None
    problems: Sequence[Problem] = ()
    stands: bool = True

    @property
    def against(self) -> list[Problem]:
        return [p for p in self.problems if p.severity != Severity.WARNING]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`kept`: in reach, but left alone."""

    rows: Sequence[Previewed]
    kept: Sequence[Appointment]

    @property
    def blocked(self) -> int:
        return sum(not row.stands for row in self.rows)


def preview_change(
    appointment_id: int, *, to: Place, scope: Scope, by: Actor, now: dt.datetime, override_reason: str = ""
) -> Preview:
    """What `change_series` would do, with what stands against each visit. Raises Refusal as it does."""
    visits, series = all_of(appointment_id), Series.objects.get(appointments=appointment_id)
    anchor = next(visit for visit in visits if visit.pk == appointment_id)
    touched, kept = in_scope(anchor, visits, scope, act="move", now=now)
    wishes = wishes_of(anchor, touched, to, series)
    reason = override_reason if may(by, "visit.override") else ""
    return Preview(rows=_judged(touched, wishes, now, reason), kept=kept)


def _judged(
    touched: Sequence[Appointment], wishes: Sequence[Wish], now: dt.datetime, reason: str
) -> list[Previewed]:
    book = book_of(wishes)
    leaving = [visit.pk for visit in touched]
    ledger = Ledger([asked_of(wish, book) for wish in wishes], book, now=now, ignoring=leaving)
    leave_out(ledger, touched)
    rows = []
    for place, (visit, wish) in enumerate(zip(touched, wishes, strict=True)):
        found = problems(ledger.facts(place))
        stands = may_stand(found, reason)
        if stands:
            ledger.took(place)
        rows.append(Previewed(visit=visit, to=wish, problems=tuple(found), stands=stands))
    return rows


def preview_cancel(appointment_id: int, *, scope: Scope, now: dt.datetime) -> Preview:
    """What `cancel_series` would do. Raises Refusal as it does."""
    visits = all_of(appointment_id)
    anchor = next(visit for visit in visits if visit.pk == appointment_id)
    touched, kept = in_scope(anchor, visits, scope, act="cancel", now=now)
    return Preview(rows=[Previewed(visit=visit) for visit in touched], kept=kept)
