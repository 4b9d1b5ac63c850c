from scheduling.operations.acting import Acted
from scheduling.operations.attending import (
    AlreadyDone,
    check_in,
    confirm,
    mark_absent,
    record_contacts,
    start,
    take_back_absent,
    take_back_check_in,
    unconfirm,
)
from scheduling.operations.authorizations import save_authorization, watch_authorizations
from scheduling.operations.booking import book, confirm_hold, hold
from scheduling.operations.changing import cancel, move, release, restore
from scheduling.operations.choices import accept_cover, choose_video, settle_replans, withdraw_time_off
from scheduling.operations.completing import Completed, complete, complete_many, correct, reopen
from scheduling.operations.marking import mark, mark_all_here
from scheduling.operations.people import add_person, cancel_person, put_back
from scheduling.operations.replanning import (
    Approved,
    PlanStale,
    Row,
    RowRefused,
    Terms,
    approve_time_off,
)
from scheduling.operations.risking import Risk, record_risks
from scheduling.operations.rosters import could_join, join, leave, set_capacity
from scheduling.operations.series import (
    Chosen,
    Scope,
    SeriesActed,
    SeriesBlocked,
    book_series,
    cancel_series,
    change_series,
    extend_series,
)
from scheduling.operations.shifting import shift
from scheduling.operations.sweeping import release_expired_holds
from scheduling.operations.undoing import undo

__all__ = [
    "Acted",
    "AlreadyDone",
    "Approved",
    "Chosen",
    "Completed",
    "PlanStale",
    "Risk",
    "Row",
    "RowRefused",
    "Scope",
    "SeriesActed",
    "SeriesBlocked",
    "Terms",
    "accept_cover",
    "add_person",
    "approve_time_off",
    "book",
    "book_series",
    "cancel",
    "cancel_person",
    "cancel_series",
    "change_series",
    "check_in",
    "choose_video",
    "complete",
    "complete_many",
    "confirm",
    "confirm_hold",
    "correct",
    "could_join",
    "extend_series",
    "hold",
    "join",
    "leave",
    "mark",
    "mark_absent",
    "mark_all_here",
    "move",
    "put_back",
    "record_contacts",
    "record_risks",
    "release",
    "release_expired_holds",
    "reopen",
    "restore",
    "save_authorization",
    "set_capacity",
    "settle_replans",
    "shift",
    "start",
    "take_back_absent",
    "take_back_check_in",
    "unconfirm",
    "undo",
    "watch_authorizations",
    "withdraw_time_off",
]
