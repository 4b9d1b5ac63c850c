"""Who may change whose hours."""

from core.actors import Actor
from practice.permissions import may
from practice.states import Role


def may_change_hours(by: Actor, provider_id: int) -> bool:
    """Admins everybody's; a provider the own ones, and nobody else's."""
    own = by.is_staff and Role.PROVIDER in by.roles and by.provider_id == provider_id
    return own or may(by, "hours.change")


def may_change_closures(by: Actor) -> bool:
    return may(by, "hours.change")
