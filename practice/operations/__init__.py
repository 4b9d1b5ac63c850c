from practice.operations.audit import record, record_many, record_refusal, record_view
from practice.operations.changes import Opened, open_change

__all__ = ["Opened", "open_change", "record", "record_many", "record_refusal", "record_view"]
