"""Who may change whose hours."""

import datetime as dt

from availability.models import TimeOff
from availability.states import TimeOffKind
from core.actors import Actor
from practice.permissions import may
from practice.states import Role

SUDDEN = dt.timedelta(days=1)


def may_change_hours(by: Actor, provider_id: int) -> bool:
    """Admins everybody's; a provider the own ones, and nobody else's."""
    own = by.is_staff and Role.PROVIDER in by.roles and by.provider_id == provider_id
    return own or may(by, "hours.change")


def may_change_closures(by: Actor) -> bool:
    return may(by, "hours.change")


def may_ask_time_off(by: Actor, provider_id: int) -> bool:
    own = by.is_staff and Role.PROVIDER in by.roles and by.provider_id == provider_id
    return own or may(by, "time_off.ask")


def may_decide_time_off(by: Actor, row: TimeOff, now: dt.datetime) -> bool:
    """Another person than the one it is for. Of an illness that has begun or begins within a day, the desk as well."""
    if by.provider_id is not None and by.provider_id == row.provider_id:
        return False
    is_sudden = row.kind == TimeOffKind.SICK and row.starts_at < now + SUDDEN
    return may(by, "time_off.decide") or (is_sudden and may(by, "time_off.sick"))


def may_withdraw_time_off(by: Actor, row: TimeOff) -> bool:
    """What is still asked: whoever may ask. What was granted gives hours back, so the desk asks an admin."""
    if row.is_pending:
        return may_ask_time_off(by, row.provider_id)
    own = by.is_staff and by.provider_id is not None and by.provider_id == row.provider_id
    return own or may(by, "time_off.decide")
