"""Taking charges back: each gets a reversal beside it, and stands no longer."""

from __future__ import annotations

from collections.abc import Sequence

from practice.operations import record_many
from practice.operations.acting import Acting
from practice.operations.images import difference, image
from scheduling.models import Charge

BATCH = 500
# What a reversal says as its original does.
SAME = (
    "kind",
    "attendance_id",
    "appointment_id",
    "provider_id",
    "supervising_provider_id",
    "served_on",
    "minutes",
    "cpt_code",
    "modifiers",
    "place_of_service",
    "rate_cents",
    "authorization_id",
    "decision",
    "decided_at",
    "decided_by_id",
)


def reverse(acting: Acting, charges: Sequence[Charge], *, reason: str = "") -> list[Charge]:
    """Reverse charges that stand and are locked; answers with the reversals."""
    befores = [image(charge) for charge in charges]
    for charge in charges:
        charge.reversed_at, charge.closed_by_change = acting.now, acting.change
        charge.edition += 1
    Charge.objects.bulk_update(charges, ["reversed_at", "closed_by_change", "edition"], batch_size=BATCH)
    lines = []
    for charge, before in zip(charges, befores, strict=True):
        old, new, _ = difference(before, image(charge))
        lines.append((charge, old, new))
    record_many("charge.reversed", lines, by=acting.by, at=acting.now, change=acting.change)
    reversals = [_reversal(acting, charge, reason) for charge in charges]
    Charge.objects.bulk_create(reversals, batch_size=BATCH)
    made = ((row, None, image(row).columns) for row in reversals)
    record_many("charge.reversal_made", made, by=acting.by, at=acting.now, change=acting.change)
    return reversals


def _reversal(acting: Acting, charge: Charge, reason: str) -> Charge:
    """It goes to the payer only where the charge did."""
    return Charge(
        **{name: getattr(charge, name) for name in SAME},
        units=-charge.units,
        reverses=charge,
        is_credit=charge.exported_at is not None,
        reason=reason,
        change=acting.change,
        not_before=acting.change.undo_until,
    )
