from scheduling.operations.charging.acting import Charged
from scheduling.operations.charging.deciding import decide_fee, void
from scheduling.operations.charging.exporting import mark_exported
from scheduling.operations.charging.mending import charge_now, remake
from scheduling.operations.charging.settling import settle

__all__ = ["Charged", "charge_now", "decide_fee", "mark_exported", "remake", "settle", "void"]
