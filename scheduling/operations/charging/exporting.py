"""Charges leave for the billing system: marked as one batch, which is the Change that marked them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.actors import Actor
from core.refusals import Refusal
from practice.operations.acting import begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from scheduling.models import Charge
from scheduling.operations.charging.acting import Charged, done, done_before, write
from scheduling.operations.locking import lock_rows
from scheduling.states import ChargeState


@operation("charge.export", "charge")
def mark_exported(charge_ids: Iterable[int], *, by: Actor, change_id: uuid.UUID | None = None) -> Charged:
    """Mark those of them that are ready and past Undo. Raises NotAllowed, Refusal when none is."""
    ids = sorted(set(charge_ids))
    acting = begin("charge.export", change_id, by, {"charges": ids})
    if acting.repeat:
        return done_before(acting)
    require(may(by, "charge.change"))
    lock_rows(Charge, ids)
    found = Charge.objects.with_state().filter(pk__in=ids, status=ChargeState.READY)
    ready = list(found.filter(not_before__lte=acting.now).order_by("pk"))
    if not ready:
        raise Refusal("None of these is ready to be exported.", remedy="Look at the list again.")
    befores = [image(charge) for charge in ready]
    for charge in ready:
        charge.exported_at, charge.exported_by_change = acting.now, acting.change
        charge.edition += 1
    write(acting, "charge.exported", ready, befores)
    return done(acting, [charge.pk for charge in ready])
