"""Questions that cross models."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from core.actors import Actor, ActorKind
from practice.models import Practice, Provider, User


def actor_for(user: User | AnonymousUser, *, via: str) -> Actor:
    """The signed-in user as an Actor; one query, for the supervisees, when the user is a provider.

    Raises PermissionError for somebody not signed in: pages open to the world make their own actor.
    """
    if not isinstance(user, User) or not user.is_active:
        raise PermissionError("nobody is signed in")
    supervisees: frozenset[int] = frozenset()
    if user.provider_id:
        supervisees = frozenset(Provider.objects.filter(supervisor=user.provider_id).values_list("pk", flat=True))
    roles = frozenset(user.roles) | ({"admin"} if user.is_superuser else frozenset())
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        via=via,
        roles=roles,
        provider_id=user.provider_id,
        supervisee_ids=supervisees,
        undo_seconds=settings.UNDO_SECONDS if user.undo_seconds is None else user.undo_seconds,
    )


def the_practice() -> Practice:
    """The one row. Raises Practice.DoesNotExist before set-up."""
    return Practice.objects.get(pk=1)
