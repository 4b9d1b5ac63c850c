"""The news scheduling sends. Always inside the operation's transaction, with `send`: a receiver that fails
takes the whole act back. Receivers write rows of their own app and return.

Every signal carries `now` (aware UTC) besides what is listed, and all but `risk_changed`, which no act causes, `change`
(practice.Change).
"""

from django.dispatch import Signal

# New visits stand. Keywords: appointments (a sequence, all of one act), notice (scheduling.states.Notice).
appointments_booked = Signal()

# A visit was moved, cancelled or restored. Keywords: appointment, kind ("moved", "cancelled", "restored"),
# before (dict: starts_at, ends_at, provider_id, room_id, location_id, modality, occurrence), notice.
appointment_changed = Signal()

# A span that was blocked is free now. Keywords: appointment, span (start, end, aware UTC), why.
appointment_released = Signal()

# It is not settled what becomes of a visit whose provider will be away: the client is asked (notice "choices"), or
# somebody calls ("none"). Keywords: appointment, notice, answer_by (aware UTC, None for a call). Nothing more is said
# of the visit as it stood; whoever changes or restores it later makes that news of its own.
appointment_doubted = Signal()

# One person's attendance changed. Keywords: attendance, kind ("confirmed", "unconfirmed", "arrived",
# "absent", "attended", "expected", "cancelled", "added", "restored"), before (dict of columns; empty for "added").
# The last three are about one of several people of a visit that stands, and carry notice besides.
attendance_changed = Signal()

# Something about places in what meets again and again changed: some came free, were taken or taken away, or the line
# for them is another. Sent through `seats.tell` by who keeps them, under their lock. Keywords: seats (an id of the
# keeper's), freed (how many places came free by this act; 0 for everything else).
seats_changed = Signal()

# An act is about to be taken back, and nothing is locked yet but its Change. Keywords: undone (practice.Change).
# Receivers lock what comes before clients in the order of locks, and do nothing else.
change_undoing = Signal()

# An act was taken back. Sent before scheduling restores its own rows. Keywords: undone (practice.Change).
# Receivers delete what that change created and reopen what it closed; they raise Refusal when one of their
# rows has already been acted on.
change_undone = Signal()

# Scheduling has restored its rows. Keywords: undone, attendance_ids (of visits that still exist).
change_restored = Signal()

# The risk level of somebody on these visits is another now. Keywords: appointment_ids (frozenset). One for a whole
# round of scoring: a receiver works on the set.
risk_changed = Signal()
