"""The news availability sends. Always inside the operation's transaction, with `send`: a receiver that fails
takes the whole act back. Receivers write rows of their own app and return.
"""

from django.dispatch import Signal

# Somebody's hours, an exception or a closure changed, or such a change was taken back. Keywords: provider_ids
# (sorted tuple of those whose time it touches), first and last (local dates, both included; last None for
# "from then on"), change (practice.Change), now (aware UTC).
hours_changed = Signal()

# A provider is in where they were not before: other weekly hours, extra hours, an absence, closure or time off taken
# away. Keywords: provider_id, spans (sorted tuple of (start, end), aware UTC, ahead of now; booked or not), why (the
# act, "time_off.withdraw" for one), change (practice.Change), now. Undo of something that had taken hours sends none:
# what stood there then stands there again.
hours_added = Signal()

# A provider's outside calendar was read and said something else than before, or was forgotten. Keywords: provider_id,
# now (aware UTC). No change: nobody acted.
outside_busy_changed = Signal()
