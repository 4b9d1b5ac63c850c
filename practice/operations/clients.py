"""Client records: added with a look for duplicates, changed, seen."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import connection, transaction

from core import clock
from core.actors import Actor
from core.refusals import Problem, Refusal
from practice.models import CareTeam, Client
from practice.operations.addresses import keep_addresses, typed_phone
from practice.operations.audit import record
from practice.operations.changes import open_change
from practice.permissions import may, require
from practice.queries import people_like
from practice.rules.duplicates import problems_with_new
from practice.signals import reach_changed
from practice.states import AddressKind, ClientStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """What the client form says. phone: as typed, made E.164 here. team_ids: providers besides the primary one."""

    first_name: str
    last_name: str
    preferred_name: str = ""
    pronouns: str = ""
    birth_on: dt.date | None = None
    region: str = ""
    language: str = "en"
    needs_interpreter: bool = False
    preferred_channel: str = ""
    accessibility_needs: str = ""
    alert_banner: str = ""
    status: str = ClientStatus.ACTIVE
    copay: Decimal | None = None
    fee_policy_on: dt.date | None = None
    primary_provider_id: int | None = None
    team_ids: tuple[int, ...] = ()
    phone: str = ""
    safe_to_text: bool = False
    safe_to_voicemail: bool = False
    email: str = ""
    safe_to_email: bool = False


COLUMNS = (
    "first_name",
    "last_name",
    "preferred_name",
    "pronouns",
    "birth_on",
    "region",
    "language",
    "needs_interpreter",
    "preferred_channel",
    "accessibility_needs",
    "alert_banner",
    "status",
    "copay",
    "fee_policy_on",
    "primary_provider_id",
)


# What decides who is told where; addresses are named by their kind.
REACHES = {"preferred_channel", "birth_on", *AddressKind.values}


class LooksLikeSomebody(Refusal):
    """The new client resembles known ones. Add anyway with `is_somebody_new=True`."""

    code = "duplicate"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("This may be somebody you already know.")
        self._problems = list(problems)

    @property
    def problems(self) -> list[Problem]:
        return self._problems


@transaction.atomic
def add_client(
    facts: ClientFacts, *, by: Actor, change_id: uuid.UUID | None = None, is_somebody_new: bool = False
) -> Client:
    """A new record with the next record number; the same form sent twice gives the same client.

    Raises NotAllowed, LooksLikeSomebody, Refusal for a phone number that cannot be.
    """
    require(may(by, "client.add"))
    now, phone = clock.now(), typed_phone(facts.phone)
    opened = open_change(change_id, act="client.added", content=asdict(facts), by=by, now=now)
    if opened.repeat:
        return Client.objects.get(pk=opened.change.result["client"])
    known = people_like(facts.first_name, facts.last_name, facts.birth_on, phone)
    alike = problems_with_new(facts.last_name, facts.birth_on, known)
    if alike and not is_somebody_new:
        raise LooksLikeSomebody(alike)
    client = Client.objects.create(record_number=next_record_number(), **_columns(facts))
    keep_addresses(client, facts, phone)
    _keep_team(client, facts)
    opened.change.result = {"client": client.pk}
    opened.change.save(update_fields=["result"])
    record(
        "client.added",
        client,
        by=by,
        at=now,
        change=opened.change,
        after={"despite": [p.code for p in alike]},
    )
    return client


@transaction.atomic
def change_client(
    client_id: int, *, facts: ClientFacts, by: Actor, change_id: uuid.UUID | None = None
) -> Client:
    """The record as the form says. The audit line names the fields that changed, never their content.

    Raises NotAllowed, Refusal for a phone number that cannot be.
    """
    require(may(by, "client.change"))
    now, phone = clock.now(), typed_phone(facts.phone)
    content = {"client": client_id, **asdict(facts)}
    opened = open_change(change_id, act="client.changed", content=content, by=by, now=now)
    client = Client.objects.visible_to(by).select_for_update(of=("self",), no_key=True).get(pk=client_id)
    if opened.repeat:
        return client
    changed = [name for name, value in _columns(facts).items() if getattr(client, name) != value]
    for name in changed:
        setattr(client, name, getattr(facts, name))
    client.save(update_fields=changed)
    changed += keep_addresses(client, facts, phone) + _keep_team(client, facts)
    record("client.changed", client, by=by, at=now, change=opened.change, after={"fields": changed})
    if REACHES & set(changed):
        reach_changed.send(sender=Client, client_ids=frozenset({client.pk}), now=now)
    return client


def next_record_number() -> str:
    """Safe under any race: a sequence never repeats itself; numbers an import already used are stepped over."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT nextval('practice_record_number')")
            number = str(cursor.fetchone()[0])
            if not Client.objects.filter(record_number=number).exists():
                return number


def _columns(facts: ClientFacts) -> dict:
    return {name: getattr(facts, name) for name in COLUMNS}


def _keep_team(client: Client, facts: ClientFacts) -> list[str]:
    """The care team is the primary provider and those ticked."""
    primary = {facts.primary_provider_id} if facts.primary_provider_id else set()
    wanted = primary | set(facts.team_ids)
    now_on = set(client.care_team.values_list("provider_id", flat=True))
    client.care_team.exclude(provider__in=wanted).delete()
    CareTeam.objects.bulk_create(CareTeam(client=client, provider_id=pk) for pk in sorted(wanted - now_on))
    return ["care_team"] if wanted != now_on else []
