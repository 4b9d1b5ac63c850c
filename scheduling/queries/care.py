"""What is on file about who comes and who gives it: where they live, from whom they are kept apart, what is paid for.

One query for all the clients of any number of wishes; the providers are loaded already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from practice.models import Practice, Provider
from practice.states import LANGUAGES, ClientStatus
from scheduling.models import AppointmentType
from scheduling.rules.authorizations import Permit
from scheduling.rules.facts import Apart, Giver, Online, Person
from scheduling.rules.wishes import Wish
from scheduling.states import KEEPING, PENDING, Category, Source

OPEN_CLIENTS = (ClientStatus.ACTIVE, ClientStatus.WAITING)
ONLINE = frozenset({Source.CLIENT})  # booked by somebody who cannot override anything
_NAMES = dict(LANGUAGES)

# Sessions of an authorization (z) that are used, or kept for a visit ahead. Twin: `querysets.taken_sessions`.
TAKEN = """
SELECT count(*) FROM scheduling_attendance p JOIN scheduling_appointment a ON a.id = p.appointment_id
 WHERE p.authorization_id = z.id AND a.id <> ALL(%(ignoring)s)
   AND (p.authorization_used OR (p.state = ANY(%(pending)s) AND a.state = ANY(%(keeping)s)))
"""
ABOUT = f"""
SELECT 'client', c.id, c.id, null::bigint, null::bigint, c.status, c.accessibility_needs, c.region, c.language,
       c.needs_interpreter, null::date, null::date, null::bigint
  FROM practice_client c WHERE c.id = ANY(%(clients)s)
UNION ALL
SELECT 'apart', k.id, k.client_id, k.other_client_id, k.provider_id, '', '', '', '', false, null, null, null
  FROM practice_keepapart k WHERE k.client_id = ANY(%(clients)s) OR k.other_client_id = ANY(%(clients)s)
UNION ALL
SELECT 'permit', z.id, z.client_id, null, null, '', '', '', '', false, z.starts_on, z.ends_on,
       z.sessions - z.used_before - ({TAKEN})
  FROM practice_authorization z WHERE %(permits)s AND z.client_id = ANY(%(clients)s)
 ORDER BY 1, 2
"""  # noqa: S608  of our own words


@dataclass(frozen=True, slots=True)
class Care:
    """By client id; `apart` holds every pair one of them is in."""

    people: dict[int, Person] = field(default_factory=dict)
    apart: list[Apart] = field(default_factory=list)
    permits: dict[int, list[Permit]] = field(default_factory=lambda: defaultdict(list))

    def apart_of(self, client_ids: Collection[int]) -> tuple[Apart, ...]:
        wanted = set(client_ids)
        return tuple(one for one in self.apart if wanted & {one.client_id, one.other_client_id})

    def kept_from(self, client_ids: Collection[int]) -> set[int]:
        """The clients these must not meet."""
        pairs = [(one.client_id, one.other_client_id) for one in self.apart_of(client_ids)]
        return {pk for pair in pairs for pk in pair if pk is not None} - set(client_ids)


def about_clients(client_ids: Iterable[int], *, with_permits: bool, ignoring: Collection[int] = ()) -> Care:
    """ignoring: visits whose kept sessions are given back by the act. No query without clients."""
    found = Care()
    ids = sorted(set(client_ids))
    if not ids:
        return found
    values: dict[str, Any] = {"clients": ids, "permits": with_permits, "ignoring": list(ignoring)}
    values |= {"pending": list(PENDING), "keeping": list(KEEPING)}
    with connection.cursor() as cursor:
        cursor.execute(ABOUT, values)
        rows = cursor.fetchall()
    for what, pk, client, other, provider, *rest in rows:
        if what == "client":
            found.people[pk] = _person(pk, rest[:5])
        elif what == "apart":
            found.apart.append(Apart(id=pk, client_id=client, other_client_id=other, provider_id=provider))
        else:
            first, last, left = rest[5:]
            found.permits[client].append(Permit(id=pk, starts_on=first, ends_on=last, left=left))
    return found


def _person(pk: int, row: Sequence[Any]) -> Person:
    status, needs, region, language, interpreter = row
    return Person(
        id=pk,
        is_open=status in OPEN_CLIENTS,
        needs_access=bool(needs),
        region=region,
        language=_NAMES.get(language, language),
        needs_interpreter=interpreter,
    )


def giver_of(provider: Provider, kind: AppointmentType) -> Giver:
    """`supervisor` should be loaded with the provider where the type needs one."""
    return Giver(
        id=provider.pk,
        licensed_regions=casefolded(provider.licensed_regions),
        languages=casefolded(_NAMES.get(one, one) for one in provider.languages),
        is_unsupervised=kind.requires_supervisor and not _is_supervised(provider),
    )


def casefolded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)


def _is_supervised(provider: Provider) -> bool:
    supervisor = provider.supervisor
    return not provider.supervision_required or bool(supervisor and supervisor.is_active)


def care_facts(
    care: Care, wish: Wish, kind: AppointmentType, providers: Collection[Provider], practice: Practice
) -> dict[str, Any]:
    """The part of `Facts` this page knows. providers: of the wish, the main one first."""
    return {
        "type_id": kind.pk,
        "is_visit": kind.category != Category.ADMINISTRATIVE,
        "needs_supervisor": kind.requires_supervisor,
        "people": tuple(care.people[pk] for pk in wish.client_ids if pk in care.people),
        "givers": tuple(giver_of(provider, kind) for provider in providers),
        "apart": care.apart_of(wish.client_ids),
        "apart_minutes": practice.keep_apart_minutes,
        "permits": {pk: tuple(care.permits[pk]) for pk in wish.client_ids}
        if kind.requires_authorization
        else None,
        "online": online_rules(wish.source, kind, practice),
    }


def online_rules(source: str, kind: AppointmentType, practice: Practice) -> Online | None:
    if source not in ONLINE:
        return None
    return Online(
        is_offered=kind.online_booking,
        notice_minutes=practice.minimum_notice_minutes,
        horizon_days=practice.horizon_days,
    )
