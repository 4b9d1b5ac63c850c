"""The number and the mail address of a record: written as typed, kept as carriers want them."""

from typing import Protocol

from core.refusals import Refusal
from practice.models import Client, ClientContact
from practice.rules.phones import HINT, e164
from practice.states import AddressKind


class Reach(Protocol):
    """What a form says of where somebody is reached."""

    @property
    def safe_to_text(self) -> bool: ...
    @property
    def safe_to_voicemail(self) -> bool: ...
    @property
    def email(self) -> str: ...
    @property
    def safe_to_email(self) -> bool: ...


def typed_phone(typed: str) -> str:
    if not typed.strip():
        return ""
    try:
        return e164(typed)
    except ValueError as error:
        raise Refusal(str(error), field="phone", remedy=HINT) from None


def keep_addresses(owner: Client | ClientContact, facts: Reach, phone: str) -> list[str]:
    """Names of what changed. A new number starts unverified; its consent is its own."""
    phone_flags = {"safe_to_text": facts.safe_to_text, "safe_to_voicemail": facts.safe_to_voicemail}
    email_flags = {"safe_to_email": facts.safe_to_email}
    kept = [
        _keep_address(owner, AddressKind.PHONE, phone, phone_flags),
        _keep_address(owner, AddressKind.EMAIL, facts.email.strip().lower(), email_flags),
    ]
    return [kind for kind in kept if kind]


def _keep_address(
    owner: Client | ClientContact, kind: AddressKind, value: str, flags: dict[str, bool]
) -> str:
    """The owner's first address of a kind; the others are left alone. Returns the kind when something changed."""
    first = owner.addresses.filter(kind=kind).first()
    if not value:
        return kind.value if first and first.delete() else ""
    wanted = {"value": value, **flags}
    is_new = kind == AddressKind.PHONE
    if first is None:
        owner.addresses.create(kind=kind, is_preferred=True, is_new=is_new, **wanted)
        return kind.value
    changed = [name for name, new in wanted.items() if getattr(first, name) != new]
    for name in changed:
        setattr(first, name, wanted[name])
    if "value" in changed:
        owner.addresses.filter(kind=kind, value=value).exclude(pk=first.pk).delete()
        first.verified_at, first.is_new = None, is_new
        changed = [*changed, "verified_at", "is_new"]
    first.save(update_fields=changed)
    return kind.value if changed else ""
