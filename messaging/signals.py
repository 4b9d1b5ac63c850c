"""The news messaging sends. Always inside the transaction that changed the row, with `send`: receivers write rows
of their own app and return. Every signal carries `now` (aware UTC)."""

from django.dispatch import Signal

# A Message entered another state. Keywords: message. Not sent for its creation, nor when it is claimed or a claim
# lapses: nothing has left the house then. Sent under the row's lock, by the
# dispatcher, a callback or the reaper. A receiver that fails takes the step back; it is tried again by the sweep,
# so it must not fail for one row's sake: that would hold up that message.
message_changed = Signal()

# A client answered an open question. Keywords: inbound (InboundMessage), question (the Message that asked),
# meaning: "yes", "cancel", "no" or "move". Sent once per inbound text, before it is marked processed; a receiver
# that fails takes it back, the sweep tries again, and in the end a person reads the reply.
reply_received = Signal()

# Consent, or the suppression of an address, changed for these people. Keywords: client_ids (frozenset). One for a
# whole import: a receiver works on the set, never client by client. It follows everything that decides whether an
# address may be used, so what may be sent is already true when it is heard. A receiver that fails takes it all back.
consents_changed = Signal()
