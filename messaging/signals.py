"""The news messaging sends. Always inside the transaction that changed the row, with `send`: receivers write rows
of their own app and return. Every signal carries `now` (aware UTC)."""

from django.dispatch import Signal

# Messages entered another state. Keywords: messages (a list, each once). One for a whole batch: a receiver works on
# the set, never row by row. Not sent for their creation, nor when they are claimed or a claim lapses: nothing has
# left the house then. Sent under the rows' locks, by the dispatcher, a callback or the reaper. A receiver that
# fails takes the step back; it is tried again, one message at a time, and must not fail for one row's sake.
messages_changed = Signal()

# A client answered an open question. Keywords: inbound (InboundMessage), question (the Message that asked),
# meaning: "yes", "cancel", "no" or "move". Sent once per inbound text, before it is marked processed; a receiver
# that fails takes it back, the sweep tries again, and in the end a person reads the reply.
reply_received = Signal()

# Consent, or the suppression of an address, changed for these people. Keywords: client_ids (frozenset). One for a
# whole import: a receiver works on the set, never client by client. It follows everything that decides whether an
# address may be used, so what may be sent is already true when it is heard. A receiver that fails takes it all back.
consents_changed = Signal()

# The hours in which reminders may go out are other ones now. Keywords: only `now`. Who has planned by them plans anew.
window_changed = Signal()

# Somebody pressed a key while a call of ours was talking. Keywords: question (the Message that is spoken), meaning:
# "yes", "cancel" or "move", is_sure (they were asked again). The one receiver whose purpose asked acts and returns a
# `messaging.rules.calls.Said`, which is spoken at once; others return None. Inside the transaction that marks the key
# processed; a receiver that fails takes it back, and the caller is asked to phone the office.
key_pressed = Signal()
