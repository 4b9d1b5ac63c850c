from scheduling.operations.series.acting import (
    Scope,
    SeriesActed,
    SeriesBlocked,
    done,
    done_before,
    in_scope,
)
from scheduling.operations.series.booking import (
    Chosen,
    begin_series,
    book_series,
    extend_series,
    grow_series,
)
from scheduling.operations.series.cancelling import cancel_series
from scheduling.operations.series.changing import change_series
from scheduling.operations.series.previewing import Preview, Previewed, preview_cancel, preview_change

__all__ = [
    "Chosen",
    "Preview",
    "Previewed",
    "Scope",
    "SeriesActed",
    "SeriesBlocked",
    "begin_series",
    "book_series",
    "cancel_series",
    "change_series",
    "done",
    "done_before",
    "extend_series",
    "grow_series",
    "in_scope",
    "preview_cancel",
    "preview_change",
]
