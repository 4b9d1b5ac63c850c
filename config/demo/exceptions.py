"""What does not go by the book: rules somebody went past, and one of a couple who cannot come."""

from __future__ import annotations

import datetime as dt

from config.demo.outcomes import Scene, Visit
from scheduling.states import AppointmentState, AttendanceState, CancelReason

REASONS = (
    ("cap_provider_day", "Crisis follow-up, agreed with the provider"),
    ("outside_hours", "School lets out late, the provider stays on"),
    ("cap_provider_day", "Asked for by the hospital at discharge"),
    ("other_location", "Visits both offices that day"),
    ("outside_hours", "Flight was late, agreed by phone"),
    ("client_busy", "Both sessions are meant, one after the other"),
)


def add(visits: list[Visit], scene: Scene) -> None:
    """Chosen by place, not by chance: the rest of the practice stays as it is."""
    _go_past_rules(visits, scene)
    _take_one_off(visits, scene)


def _go_past_rules(visits: list[Visit], scene: Scene) -> None:
    month = scene.now - dt.timedelta(days=30)
    done = [v for v in visits if v.row.state == AppointmentState.COMPLETED and v.row.starts_at > month]
    spread = done[:: max(1, len(done) // len(REASONS))]
    for visit, (code, reason) in zip(spread, REASONS, strict=False):
        at = visit.row.starts_at - dt.timedelta(days=2)
        line = {"code": code, "reason": reason, "by": f"user:{scene.desk_id}", "at": at.isoformat()}
        visit.row.overrides = [line]


def _take_one_off(visits: list[Visit], scene: Scene) -> None:
    soon = scene.now + dt.timedelta(days=3)
    pairs = [v for v in visits if len(v.people) == 2 and v.row.starts_at > soon]
    standing = [v for v in pairs if v.row.state == AppointmentState.SCHEDULED]
    for visit in standing[:1]:
        person = visit.people[-1]
        person.state, person.confirmed_at, person.confirmed_by_id = AttendanceState.CANCELLED, None, None
        person.confirmed_by_kind = person.confirmed_how = ""
        person.cancelled_at = scene.now - dt.timedelta(days=1)
        person.cancel_reason = CancelReason.CLIENT_REQUEST
