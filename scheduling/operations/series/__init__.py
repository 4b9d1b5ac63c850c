from scheduling.operations.series.acting import Scope, SeriesActed, SeriesBlocked, in_scope
from scheduling.operations.series.booking import Chosen, book_series, extend_series
from scheduling.operations.series.cancelling import cancel_series
from scheduling.operations.series.changing import change_series

__all__ = [
    "Chosen",
    "Scope",
    "SeriesActed",
    "SeriesBlocked",
    "book_series",
    "cancel_series",
    "change_series",
    "extend_series",
    "in_scope",
]
