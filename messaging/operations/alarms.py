"""Urgent tasks: told to provider, supervisor and desk by email, again and again until somebody is on it.

A ring is a row (`Alarm`) and an email in the outbox; the sweep reads `StaffTask.rings_at`. No timer, so nothing is
lost with a worker.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from core import clock
from core.actors import Actor
from messaging.models import Alarm, InboundMessage, StaffTask
from messaging.operations.outbox import NewMessage, enqueue
from messaging.operations.tasks import raise_task
from messaging.purposes import Decision, Purpose, Send, Skip, register
from messaging.states import Alert, MessageClass, TaskKind
from practice import permissions
from practice.models import Change, Client, Provider, User
from practice.operations import record
from practice.states import Channel, Role

ALARM = "messaging.alarm"
AGAIN_AFTER = timedelta(minutes=settings.ALARM_AGAIN_MINUTES)
BATCH = 100


def raise_crisis(
    inbound: InboundMessage | None,
    *,
    clients: Collection[int],
    now: datetime,
    change: Change | None = None,
) -> list[StaffTask]:
    """One task per client the words may be from, so that each one's provider sees it; one for nobody known."""
    own: list[int | None] = [*sorted(clients)]
    if inbound is not None and inbound.client_id:
        own = [inbound.client_id]
    return [
        raise_alert(Alert.CRISIS, TaskKind.CRISIS, client_id=one, inbound=inbound, change=change, now=now)
        for one in own or [None]
    ]


def raise_alert(
    alert: Alert,
    kind: TaskKind,
    *,
    client_id: int | None,
    inbound: InboundMessage | None = None,
    change: Change | None = None,
    not_before: datetime | None = None,
    now: datetime,
) -> StaffTask:
    """At once, in the caller's transaction: the first ring goes out with it.

    not_before: of a staff act that may still be undone; the sweep rings when nobody has.
    """
    start = max(now, not_before or now)
    task = raise_task(kind, now=now, client_id=client_id, inbound=inbound, change=change, not_before=start)
    if not task.alert:
        task.alert, task.rings_at = alert, start
        task.save(update_fields=["alert", "rings_at"])
        if start == now:
            _ring(task, now)
    return task


def raise_safety(
    client_ids: Collection[int], *, inbound: InboundMessage | None = None, now: datetime
) -> None:
    """A STOP from somebody to be called before closing: there is no other way left to reach them."""
    flagged = Client.objects.filter(pk__in=client_ids, call_before_closing=True).order_by("pk")
    for pk in flagged.values_list("pk", flat=True):
        raise_alert(Alert.SAFETY, TaskKind.SAFETY_CALL, client_id=pk, inbound=inbound, now=now)


@transaction.atomic
def ring_again(now: datetime) -> int:
    """Every urgent task nobody has taken up; returns how many rang. Safe to run twice or at once."""
    waiting = StaffTask.objects.filter(rings_at__lte=now, acknowledged_at=None, done_at=None)
    due = list(waiting.select_for_update(skip_locked=True).order_by("rings_at")[:BATCH])
    for task in due:
        _ring(task, now)
    return len(due)


def _ring(task: StaffTask, now: datetime) -> None:
    _tell(task, whom_to_tell(task.client_id), now)
    task.rings_at = now + AGAIN_AFTER
    task.save(update_fields=["rings_at"])


def tell_admins(task: StaffTask, now: datetime) -> None:
    """Once, and nobody has to say that they are on it."""
    _tell(task, User.objects.filter(is_active=True, roles__contains=[Role.ADMIN]).order_by("pk"), now)


def _tell(task: StaffTask, users: Iterable[User], now: datetime) -> None:
    alarms = Alarm.objects.bulk_create(Alarm(task=task, user=user, at=now) for user in users)
    enqueue([_email(alarm, now) for alarm in alarms], now=now)


def whom_to_tell(client_id: int | None) -> list[User]:
    """The client's providers, those who supervise them, and the desk; admins where there is no desk."""
    providers = Provider.objects.filter(Q(primary_clients=client_id) | Q(care_team__client=client_id))
    ids = (
        {pk for pair in providers.values_list("pk", "supervisor") for pk in pair if pk}
        if client_id
        else set()
    )
    active = User.objects.filter(is_active=True)
    desk = Q(roles__contains=[Role.FRONT_DESK])
    if not active.filter(desk).exists():
        desk = Q(roles__contains=[Role.ADMIN])
    return list(active.filter(desk | Q(provider__in=ids)).order_by("pk"))


def _email(alarm: Alarm, now: datetime) -> NewMessage:
    return NewMessage(
        purpose=ALARM,
        subject=alarm.pk,
        client_id=None,
        channel=Channel.EMAIL,
        address=alarm.user.email,
        klass=MessageClass.CRISIS,
        not_before=now,
        due_at=now,
        useful_until=now + AGAIN_AFTER,
    )


@transaction.atomic
def acknowledge(task_id: int, *, by: Actor) -> StaffTask:
    """ "I am on it": it rings no more. Pressing twice is harmless. Raises NotAllowed, StaffTask.DoesNotExist."""
    permissions.require(permissions.may(by, "task.close"))
    now = clock.now()
    task = StaffTask.objects.visible_to(by).select_for_update(of=("self",)).get(pk=task_id)
    if task.acknowledged_at is None:
        task.acknowledged_at, task.acknowledged_by_id, task.rings_at = now, by.id, None
        task.save(update_fields=["acknowledged_at", "acknowledged_by", "rings_at"])
        record("task.acknowledged", task, by=by, at=now, before=None, after={"kind": task.kind})
    return task


def say_alarms(subjects: list[int], now: datetime) -> dict[int, Decision]:
    """No name and no word of what was written: a mailbox is read on locked screens."""
    rows = Alarm.objects.filter(pk__in=subjects).select_related("task")
    return {row.pk: _said(row.task) for row in rows}


def _said(task: StaffTask) -> Decision:
    if task.acknowledged_at or task.done_at:
        return Skip("Somebody is on it")
    if task.kind == TaskKind.BUDGET:
        return _said_of_budget()
    url = f"{settings.PUBLIC_BASE_URL}/tasks/"
    if task.alert == Alert.CRISIS:
        subject, first = (
            "Urgent: somebody may be in danger",
            "A client has written words that may mean danger.",
        )
    else:
        subject, first = "Urgent: please call a client", "A client marked “call before closing” needs a call."
    body = f"{first}\n\nOpen the task and say that you are on it: {url}\n\nThis repeats until somebody is."
    html = f'<p>{first}</p><p><a href="{url}">Open the task</a> and say that you are on it.</p>'
    return Send(text=body, subject_line=subject, html=html + "<p>This repeats until somebody is.</p>")


def _said_of_budget() -> Send:
    """The figures stand on the page: by the time this is read they are others."""
    url = f"{settings.PUBLIC_BASE_URL}/settings/sending/"
    first = "The month's budget for texts and calls is nearly used up, or used up. Then reminders stop."
    return Send(
        text=f"{first}\n\nLook at it, and raise it if you want: {url}",
        subject_line="The budget for messages",
        html=f'<p>{first}</p><p><a href="{url}">Look at it</a>, and raise it if you want.</p>',
    )


def register_all() -> None:
    register(Purpose(name=ALARM, decide=say_alarms))
