"""Guardians, partners and relatives: who they are, where they are reached, and exactly what they may do."""

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from django.db import transaction

from core import clock
from core.actors import Actor
from core.refusals import Refusal
from practice.models import Client, ClientContact
from practice.operations.addresses import keep_addresses, typed_phone
from practice.operations.audit import record
from practice.operations.changes import open_change
from practice.permissions import may, require
from practice.signals import reach_changed

RIGHTS = ("has_legal_authority", "may_receive", "may_confirm", "may_cancel", "may_see_past")
COLUMNS = (
    "name", "relationship", "language", *RIGHTS, "never_contact", "valid_from_on", "valid_until_on", "custody_note",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """What the form says; `phone` as typed. agreed_again: their rights were talked over today and hold from now."""

    name: str
    relationship: str
    language: str = "en"
    has_legal_authority: bool = False
    may_receive: bool = False
    may_confirm: bool = False
    may_cancel: bool = False
    may_see_past: bool = False
    never_contact: bool = False
    valid_from_on: dt.date | None = None
    valid_until_on: dt.date | None = None
    custody_note: str = ""
    agreed_again: bool = False
    phone: str = ""
    safe_to_text: bool = False
    safe_to_voicemail: bool = False
    email: str = ""
    safe_to_email: bool = False


@transaction.atomic
def keep_contact(
    client_id: int,
    details: ContactDetails,
    *,
    contact_id: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> ClientContact:
    """A new contact of this client, or that one as the form says. The trail names fields, never their content.

    A right that is given, or agreed again, counts from today: what came before a birthday does not hold after it.
    Nobody is deleted: what was told to them stays theirs. Raises NotAllowed, Refusal, DoesNotExist.
    """
    require(may(by, "client.change"))
    now, phone = clock.now(), typed_phone(details.phone)
    _refuse_nonsense(details)
    content = {"client": client_id, "contact": contact_id, **asdict(details)}
    opened = open_change(change_id, act="contact.kept", content=content, by=by, now=now)
    client = Client.objects.visible_to(by).select_for_update(of=("self",), no_key=True).get(pk=client_id)
    if opened.repeat:
        return client.contacts.get(pk=opened.change.result["contact"])
    row = client.contacts.get(pk=contact_id) if contact_id else ClientContact(client=client)
    changed = [name for name in COLUMNS if getattr(row, name) != getattr(details, name)]
    gains = [name for name in RIGHTS if getattr(details, name) and not getattr(row, name)]
    for name in changed:
        setattr(row, name, getattr(details, name))
    if gains or details.agreed_again:
        row.rights_on = now.date()
    row.save()
    changed += keep_addresses(row, details, phone)
    opened.change.result = {"contact": row.pk}
    opened.change.save(update_fields=["result"])
    record(
        "contact.kept",
        row,
        by=by,
        at=now,
        change=opened.change,
        after={"fields": changed, "client": client.pk},
    )
    reach_changed.send(sender=ClientContact, client_ids=frozenset({client.pk}), now=now)
    return row


def _refuse_nonsense(details: ContactDetails) -> None:
    first, last = details.valid_from_on, details.valid_until_on
    if first and last and first > last:
        raise Refusal("They end before they begin.", field="valid_until_on")
    if details.never_contact and any(
        getattr(details, name) for name in RIGHTS if name != "has_legal_authority"
    ):
        raise Refusal("Somebody never to be contacted gets and decides nothing.", field="never_contact")
