"""The news availability sends. Always inside the operation's transaction, with `send`: a receiver that fails
takes the whole act back. Receivers write rows of their own app and return.
"""

from django.dispatch import Signal

# Somebody's hours, an exception or a closure changed, or such a change was taken back. Keywords: provider_ids
# (sorted tuple of those whose time it touches), first and last (local dates, both included; last None for
# "from then on"), change (practice.Change), now (aware UTC).
hours_changed = Signal()

# A provider's outside calendar was read and said something else than before, or was forgotten. Keywords: provider_id,
# now (aware UTC). No change: nobody acted.
outside_busy_changed = Signal()
