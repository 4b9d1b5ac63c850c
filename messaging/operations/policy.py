"""What the practice allows its messages: hours, caps, retries, money, who takes part. Kept by admins."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass
from decimal import Decimal

from core.actors import Actor
from core.refusals import Refusal, StaleEdit
from messaging.models import SendingPolicy
from messaging.rules.windows import HARD_CLOSES, HARD_OPENS
from messaging.signals import window_changed
from practice.models import Change, Practice, Provider
from practice.operations import record
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import may, require

HOURS = ("window_opens_at", "window_closes_at", "window_weekends")
OF_PRACTICE = ("sender_name", *HOURS, "crisis_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFacts:
    """The names are those of the columns, of Practice (OF_PRACTICE) and of SendingPolicy. provider_ids: the pilot's."""

    sender_name: str
    window_opens_at: dt.time
    window_closes_at: dt.time
    crisis_text: str
    window_weekends: bool = False
    cap_per_day: int = 2
    cap_per_week: int = 6
    retries: int = 2
    retry_minutes: int = 60
    is_strict: bool = False
    monthly_budget: Decimal | None = None
    alert_percent: int = 80
    text_price: Decimal = Decimal("0.01")
    call_price: Decimal = Decimal("0.03")
    provider_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    change: Change
    repeated: bool = False


@operation("policy.save", "sendingpolicy")
def save_policy(facts: PolicyFacts, *, seen: str, by: Actor, change_id: uuid.UUID | None = None) -> Saved:
    """From the next batch on this holds; plans follow where the hours changed.

    seen: `mark_of` what the form was drawn from. Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal.
    """
    acting = begin("policy.save", change_id, by, {**asdict(facts), "seen": seen})
    if acting.repeat:
        return Saved(acting.change, repeated=True)
    require(may(by, "settings.change"))
    _refuse_nonsense(facts)
    practice = Practice.objects.select_for_update().get(pk=1)
    policy, _ = SendingPolicy.objects.select_for_update().get_or_create(pk=1)
    if seen != mark_of(facts_now(practice, policy)):
        raise StaleEdit(
            "Somebody changed these settings since you opened them.", remedy="Look at them again."
        )
    hours = [getattr(practice, name) for name in HOURS]
    _set(acting, practice, facts, OF_PRACTICE)
    _set(acting, policy, facts, tuple(n for n in _names() if n not in OF_PRACTICE))
    _pilot(acting, policy, facts.provider_ids)
    if hours != [getattr(facts, name) for name in HOURS]:
        window_changed.send(sender=Practice, now=acting.now)
    acting.close({})
    return Saved(acting.change)


def policy_now() -> SendingPolicy:
    """The row, or what holds without one."""
    return SendingPolicy.objects.filter(pk=1).first() or SendingPolicy()


def facts_now(practice: Practice, policy: SendingPolicy) -> PolicyFacts:
    said = {name: getattr(practice if name in OF_PRACTICE else policy, name) for name in _names()}
    pilots = policy.pilot_providers.values_list("pk", flat=True) if policy.pk else ()
    return PolicyFacts(**said, provider_ids=tuple(sorted(pilots)))


def mark_of(facts: PolicyFacts) -> str:
    """Tells two states of the settings apart; there is no edition on rows that other pages write too."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, repr(_plain(facts))))


def _plain(facts: PolicyFacts) -> list[object]:
    """Of equal worth, equal: 1.50 is 1.5."""
    values = asdict(facts).values()
    return [value.normalize() if isinstance(value, Decimal) else value for value in values]


def _names() -> tuple[str, ...]:
    return tuple(name for name in PolicyFacts.__slots__ if name != "provider_ids")


def _refuse_nonsense(facts: PolicyFacts) -> None:
    if facts.window_opens_at >= facts.window_closes_at:
        raise Refusal("The hours end before they begin.", field="window_closes_at")
    if facts.window_opens_at < HARD_OPENS:
        raise Refusal(f"Nothing goes out before {HARD_OPENS:%-H:%M}.", field="window_opens_at")
    if facts.window_closes_at > HARD_CLOSES:
        raise Refusal(f"Nothing goes out after {HARD_CLOSES:%-H:%M}.", field="window_closes_at")
    if facts.cap_per_day and facts.cap_per_week and facts.cap_per_day > facts.cap_per_week:
        raise Refusal("That is more on a day than in the week.", field="cap_per_day")


def _set(acting: Acting, row: Practice | SendingPolicy, facts: PolicyFacts, names: tuple[str, ...]) -> None:
    before = image(row)
    for name in names:
        setattr(row, name, getattr(facts, name))
    if image(row) != before:
        acting.saved(f"{row._meta.model_name}.changed", row, before)


def _pilot(acting: Acting, policy: SendingPolicy, wanted: tuple[int, ...]) -> None:
    was = sorted(policy.pilot_providers.values_list("pk", flat=True))
    now = sorted(Provider.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if was == now:
        return
    policy.pilot_providers.set(now)
    record(
        "policy.pilot", policy, by=acting.by, at=acting.now, change=acting.change,
        before={"providers": was}, after={"providers": now},
    )  # fmt: skip
