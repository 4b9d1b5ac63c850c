"""Several visits of a series are cancelled at once."""

from __future__ import annotations

import uuid

from core.actors import Actor
from practice.operations.acting import begin, operation
from practice.permissions import require
from scheduling.operations.changing import end, refuse_reasonless
from scheduling.operations.series.acting import (
    Scope,
    SeriesActed,
    done,
    done_before,
    end_rule_before,
    in_scope,
    locked_series,
)
from scheduling.permissions import may_act_on
from scheduling.states import Notice


@operation("series.cancel", "appointment")
def cancel_series(
    appointment_id: int,
    *,
    scope: Scope,
    reason: str,
    text: str = "",
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.NONE,
) -> SeriesActed:
    """Cancel this visit and those after it, or all still to come; the rule ends before the first of them.

    Visits that are past, decided or were changed by themselves stay and come back as `kept`. Raises as `cancel` does.
    """
    content = {"appointment": appointment_id, "scope": scope, "reason": reason, "text": text}
    content |= {"edition": edition, "notice": notice}
    acting = begin("series.cancel", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    refuse_reasonless(reason, text)
    anchor, visits, series = locked_series(appointment_id, edition=edition)
    touched, kept = in_scope(anchor, visits, scope, act="cancel", now=acting.now)
    for visit in touched:
        require(may_act_on(by, "visit.cancel", visit))
    end_rule_before(acting, series, touched[0].starts_at)
    for visit in touched:
        end(acting, visit, reason=reason, text=text, notice=notice)
    return done(acting, series, touched, kept)
