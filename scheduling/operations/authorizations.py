"""What an insurer allows, written down; and the work it makes when it is nearly over."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from core import clock
from core.actors import Actor
from core.refusals import Refusal
from messaging.operations.tasks import keep_tasks
from messaging.states import TaskKind
from practice.models import Authorization, Client
from practice.operations.acting import begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from practice.queries import the_practice
from scheduling.operations.locking import lock_rows
from scheduling.queries.authorizations import to_renew, with_use

NUMBER_ONCE = "practice_authorization_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the form says. used_before: sessions used elsewhere, or before they were counted here."""

    payer: str
    number: str
    sessions: int
    used_before: int
    starts_on: dt.date
    ends_on: dt.date


@operation("authorization.save", "client")
def save_authorization(
    client_id: int,
    *,
    allowed: Allowed,
    by: Actor,
    authorization_id: int | None = None,
    change_id: uuid.UUID | None = None,
) -> Authorization:
    """Add one, or change it. Sessions cannot fall below what is used.

    Raises NotAllowed, Refusal for dates out of order, a number twice, or too few sessions.
    """
    content = {"client": client_id, "authorization": authorization_id, **asdict(allowed)}
    acting = begin("authorization.save", change_id, by, content)
    if acting.repeat:
        return Authorization.objects.get(pk=acting.change.result["authorization"])
    require(may(by, "authorization.change"))
    _refuse_nonsense(allowed)
    lock_rows(Client, [client_id])
    lock_rows(Authorization, [authorization_id])
    row = _row(client_id, authorization_id)
    before = image(row)
    for name, value in asdict(allowed).items():
        setattr(row, name, value)
    _refuse_too_few(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if NUMBER_ONCE not in str(error):
            raise
        raise Refusal(
            "This authorization is on file already.", field="number", remedy="Change that one."
        ) from None
    if authorization_id:
        acting.noted("authorization.changed", row, before)
    else:
        acting.created("authorization.added", row)
    acting.close({"authorization": row.pk})
    return row


def _row(client_id: int, authorization_id: int | None) -> Authorization:
    if authorization_id is None:
        return Authorization(client_id=client_id)
    return Authorization.objects.get(pk=authorization_id, client=client_id)


def _refuse_nonsense(allowed: Allowed) -> None:
    if allowed.ends_on < allowed.starts_on:
        raise Refusal("It ends before it begins.", field="ends_on", remedy="Check the two dates.")
    if allowed.used_before > allowed.sessions:
        raise Refusal("More are used than allowed.", field="used_before", remedy="Check the two numbers.")


def _refuse_too_few(row: Authorization) -> None:
    if not row.pk:
        return
    counted = with_use(Authorization.objects.filter(pk=row.pk)).get()
    here = counted.used - counted.used_before  # type: ignore[attr-defined]  # annotated
    if row.used_before + here > row.sessions:
        raise Refusal(
            f"{here} sessions are used here already.",
            field="sessions",
            remedy="Write at least as many as are used.",
        )


def watch_authorizations() -> None:
    """One task for each that is nearly over, as long as it is: raised and taken away by the facts alone."""
    today = clock.now().astimezone(the_practice().tz).date()
    keep_tasks(TaskKind.AUTHORIZATION, to_renew(today), now=clock.now())
