"""Fees are only ever proposed: a person approves them or lets them go. And charges a biller takes back."""

from __future__ import annotations

import uuid

from core.actors import Actor
from core.refusals import Refusal
from practice.operations.acting import begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from scheduling.operations.charging.acting import Charged, done, done_before, locked_charge, write
from scheduling.operations.charging.reversing import reverse
from scheduling.rules.charges import forbids
from scheduling.rules.overrides import is_reason
from scheduling.states import FEES, Against, Decision


@operation("charge.decide", "charge")
def decide_fee(
    charge_id: int,
    *,
    decision: str,
    reason: str = "",
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Charged:
    """Approve a proposed fee, or waive it with a reason; until it is exported it may be decided otherwise.

    Raises NotAllowed, StaleEdit, Refusal where a fee may not be asked for, or for a waiver without a reason.
    """
    content = {"charge": charge_id, "decision": decision, "reason": reason, "edition": edition}
    acting = begin("charge.decide", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    require(may(by, "charge.change"))
    charge = locked_charge(charge_id, edition, acting.now)
    if charge.kind not in FEES or charge.exported_at or charge.decision == decision:
        raise Refusal("There is nothing to decide here.", remedy="Look at the list again.")
    if decision == Decision.APPROVED and forbids(charge.against):
        why = [Against(word).label for word in charge.against if word != Against.FIRST_TIME]
        raise Refusal(f"This fee may not be asked for: {', '.join(why)}.", remedy="Waive it.")
    if decision == Decision.WAIVED and not is_reason(reason):
        raise Refusal("Say in a few words why.", field="reason", remedy="Write the reason.")
    before = image(charge)
    charge.decision, charge.reason = Decision(decision), reason.strip()
    charge.decided_at, charge.decided_by_id = acting.now, by.id
    charge.edition += 1
    write(acting, f"charge.{decision}", [charge], [before])
    return done(acting, [charge.pk])


@operation("charge.void", "charge")
def void(
    charge_id: int,
    *,
    reason: str,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Charged:
    """Take a charge back for good: its visit counts as settled. What was exported is credited.

    Raises NotAllowed, StaleEdit, Refusal for a charge that is void already or without a reason.
    """
    content = {"charge": charge_id, "reason": reason, "edition": edition}
    acting = begin("charge.void", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    require(may(by, "charge.change"))
    charge = locked_charge(charge_id, edition, acting.now)
    if not is_reason(reason):
        raise Refusal("Say in a few words why.", field="reason", remedy="Write the reason.")
    reverse(acting, [charge], reason=reason.strip())
    return done(acting, [charge.pk])
