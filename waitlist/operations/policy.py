"""How the list works: kept by admins."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from core.actors import Actor
from practice.models import Change
from practice.operations.acting import begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from scheduling.operations.locking import refuse_stale
from waitlist.models import UsefulLength, WaitlistPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFacts:
    """The names are those of the columns; threshold in thousandths."""

    is_on: bool
    threshold: int
    week_cap: int
    wave_most: int
    cool_hours: int
    short_notice_hours: int


@operation("waitlistpolicy.save", "waitlistpolicy")
def save_policy(
    facts: PolicyFacts,
    lengths: Mapping[int, int],
    *,
    edition: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Change:
    """lengths: type → the shortest that is of use; a type left out is offered in full length only.

    Raises NotAllowed, StaleEdit, AlreadyUsed.
    """
    content = {
        **asdict(facts),
        "lengths": {str(pk): minutes for pk, minutes in lengths.items()},
        "edition": edition,
    }
    acting = begin("waitlistpolicy.save", change_id, by, content)
    if acting.repeat:
        return acting.change
    require(may(by, "settings.change"))
    policy, _ = WaitlistPolicy.objects.select_for_update().get_or_create(pk=1)
    refuse_stale(policy, edition)  # type: ignore[arg-type]  # any row with an edition
    before = image(policy)
    for name, value in asdict(facts).items():
        setattr(policy, name, value)
    policy.edition += 1
    acting.saved("waitlistpolicy.changed", policy, before)
    UsefulLength.objects.exclude(type__in=lengths).delete()
    for pk, minutes in lengths.items():
        UsefulLength.objects.update_or_create(type_id=pk, defaults={"minutes": minutes})
    acting.close({})
    return acting.change
