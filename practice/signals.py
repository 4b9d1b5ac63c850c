"""The news about people. Always inside the transaction that changed the rows, with `send`: receivers write rows of
their own app and return; one that fails takes the change back."""

from django.dispatch import Signal

# Who may be reached where may be another matter now: addresses and their safe flags, the channel somebody prefers,
# contact hours, birth date, or what a contact may do. Keywords: client_ids (frozenset), now (aware UTC). One for a
# whole import: a receiver works on the set, never client by client.
reach_changed = Signal()
