from availability.operations.acting import Acted
from availability.operations.blocks import remove_block, save_block
from availability.operations.dated import (
    add_closure,
    add_closures,
    add_exception,
    remove_closure,
    remove_exception,
)
from availability.operations.time_off import (
    ask_time_off,
    deny_time_off,
    edit_time_off,
    facts_of,
    grant_time_off,
    locked_time_off,
    tell_granted,
    withdraw_time_off,
)
from availability.operations.undoing import take_back
from availability.operations.week import set_week

__all__ = [
    "Acted",
    "add_closure",
    "add_closures",
    "add_exception",
    "ask_time_off",
    "deny_time_off",
    "edit_time_off",
    "facts_of",
    "grant_time_off",
    "locked_time_off",
    "remove_block",
    "remove_closure",
    "remove_exception",
    "save_block",
    "set_week",
    "take_back",
    "tell_granted",
    "withdraw_time_off",
]
