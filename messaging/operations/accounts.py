"""The accounts we send with: secrets go in, are used, and never come out again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.crypto import salted_hmac

from core.actors import Actor
from core.refusals import Refusal, StaleEdit
from messaging.models import ChannelSettings, forget_account
from messaging.states import MailBy
from practice.models import Change
from practice.operations import record
from practice.operations.acting import begin, operation
from practice.permissions import may, require

TWILIO = ("account_sid", "auth_token", "auth_token_old", "service_sid", "text_from", "voice_from")
MAIL = (
    "mail_by", "mail_from", "ses_region", "ses_configuration_set", "ses_key_id", "ses_secret",
    "smtp_host", "smtp_port", "smtp_user", "smtp_password", "smtp_tls",
)  # fmt: skip
STAMPS = {"twilio": "twilio_set_at", "mail": "mail_set_at"}
FIELDS = {"twilio": TWILIO, "mail": MAIL}


@dataclass(frozen=True, slots=True)
class Saved:
    change: Change
    settings: ChannelSettings
    repeated: bool = False


@operation("channels.save", "channelsettings")
def save_account(
    which: str,
    said: Mapping[str, Any],
    *,
    edition: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Saved:
    """which: twilio or mail. A secret left empty stays as it is. Without an account the environment's is used again,
    and the secrets of it are forgotten.

    Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal.
    """
    content = {name: _sealed(name, value) for name, value in said.items()}
    acting = begin("channels.save", change_id, by, {"which": which, "edition": edition, **content})
    if acting.repeat:
        return Saved(acting.change, ChannelSettings.objects.get(pk=1), repeated=True)
    require(may(by, "settings.change"))
    row, _ = ChannelSettings.objects.select_for_update().get_or_create(pk=1)
    if edition is not None and row.edition != edition:
        raise StaleEdit(
            "Somebody changed these settings since you opened them.", remedy="Look at them again."
        )
    changed = _set(row, which, said)
    _refuse_half(row, which)
    setattr(row, STAMPS[which], acting.now if _is_set(row, which) else None)
    row.edition += 1
    row.save()
    forget_account()
    # Never `image`: it would put the secrets into the trail.
    after = {"fields": sorted(changed), "is_set": _is_set(row, which)}
    record(f"channels.{which}", row, by=by, at=acting.now, change=acting.change, after=after)
    acting.close({})
    return Saved(acting.change, row)


def _set(row: ChannelSettings, which: str, said: Mapping[str, Any]) -> set[str]:
    """Names of what became another value."""
    is_kept = bool(said.get("account_sid") if which == "twilio" else said.get("mail_by"))
    changed = set()
    for name in FIELDS[which]:
        secret = name in ChannelSettings.SECRETS
        value = said.get(name, "" if secret else getattr(row, name))
        if secret and is_kept and not value:
            continue
        value = "" if secret and not is_kept else value
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed.add(name)
    return changed


def _is_set(row: ChannelSettings, which: str) -> bool:
    return bool(row.account_sid if which == "twilio" else row.mail_by)


def _refuse_half(row: ChannelSettings, which: str) -> None:
    needs: dict[str, str] = {}
    if which == "twilio" and row.account_sid:
        needs = {
            "auth_token": "The account's token is needed.",
            "text_from": "Which number do texts come from?",
        }
    elif which == "mail" and row.mail_by == MailBy.SMTP:
        needs = {
            "smtp_host": "Which server takes the mail?",
            "mail_from": "Which address does mail come from?",
        }
    elif which == "mail" and row.mail_by == MailBy.SES:
        needs = {"ses_region": "Which region is SES in?", "mail_from": "Which address does mail come from?"}
    for name, words in needs.items():
        if not getattr(row, name):
            raise Refusal(words, field=name)
    if row.ses_key_id and not row.ses_secret and which == "mail":
        raise Refusal("The key needs its secret.", field="ses_secret")


def _sealed(name: str, value: Any) -> Any:
    """The digest of an act must not give a short password away to whoever reads the table."""
    return (
        salted_hmac("messaging.accounts", str(value)).hexdigest()
        if name in ChannelSettings.SECRETS
        else value
    )
