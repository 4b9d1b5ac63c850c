"""Who may do what with groups: the verb from the practice's matrix, the reach from who leads the group."""

from core.actors import Actor, ActorKind
from groups.models import Group
from practice.permissions import may
from practice.states import Role


def may_with(by: Actor, verb: str, group: Group) -> bool:
    """Desk, billing and admins reach every group; a provider the own ones and the supervisees'."""
    if not may(by, verb):
        return False
    if by.kind == ActorKind.SYSTEM or by.roles & {Role.FRONT_DESK, Role.ADMIN, Role.BILLING}:
        return True
    return bool({by.provider_id, *by.supervisee_ids} & set(group.leaders))


def may_lead(by: Actor, leaders: tuple[int, ...]) -> bool:
    """A provider sets up groups they or their supervisees lead; an admin any."""
    if not may(by, "group.change"):
        return False
    if by.kind == ActorKind.SYSTEM or Role.ADMIN in by.roles:
        return True
    return bool({by.provider_id, *by.supervisee_ids} & set(leaders))
