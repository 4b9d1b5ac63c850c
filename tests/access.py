"""The table of who gets where, and how the addresses of the site are walked. Read by tests/test_access.py."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.urls import URLPattern, URLResolver, get_resolver

# How a request ends: let in (whatever the act then says), forbidden, no such thing, sent to sign-in.
IN, OUT, GONE, DOOR = "in", "out", "gone", "door"
ROLES = ("desk", "own", "supervisor", "colleague", "biller", "admin")
MARKER, WORD = "Quillon Zephyrine", "marzipan"  # the client's name and the visit's note, found nowhere else

# Open to the world, each with its reason.
OPEN = {
    "account_login": "the door itself",
    "account_logout": "asks nobody who is not signed in anything",
    "account_inactive": "says that an account is switched off",
    "account_signup": "says that nobody signs up",
    "account_reset_password": "for who forgot the password",
    "account_reset_password_done": "says to look into the mailbox",
    "account_reset_password_from_key": "guarded by the key in the address",
    "account_reset_password_from_key_done": "says that the password is set",
    "account_confirm_email": "guarded by the key in the address",
    "account_email_verification_sent": "says to look into the mailbox",
    "account_reauthenticate": "sends to sign-in by itself",
    "favicon": "a picture",
    "admin:login": "leads to the door",
    "admin:logout": "asks nobody who is not signed in anything",
    "admin:jsi18n": "words of the admin's scripts, nothing of ours",
    "messaging:twilio-voice": "guarded by Twilio's signature",
    "messaging:twilio-key": "guarded by Twilio's signature",
    "messaging:twilio-call": "guarded by Twilio's signature",
    "messaging:twilio-check": "guarded by Twilio's signature",
    "messaging:ses": "guarded by SNS's signature and the topics we trust",
    "messaging:twilio-sms": "guarded by Twilio's signature",
    "messaging:twilio-status": "guarded by Twilio's signature",
    "messaging:twilio-status-of": "guarded by Twilio's signature",
    "scheduling:own-visit": "guarded by the link in the address",
    "scheduling:own-file": "guarded by the link in the address",
    "scheduling:own-confirm": "guarded by the link in the address",
    "scheduling:own-cancel": "guarded by the link in the address",
    "scheduling:own-move": "guarded by the link in the address",
    "scheduling:own-choose": "guarded by the link in the address",
    "scheduling:own-also": "guarded by the link in the address",
    "messaging:own-messages": "guarded by the link in the address",
    "messaging:own-preferences": "guarded by the link in the address",
    "messaging:own-unsubscribe": "guarded by the link in the address",
    "waitlist:own-offer": "guarded by the link in the address",
    "waitlist:own-offer-accept": "guarded by the link in the address",
    "waitlist:own-offer-decline": "guarded by the link in the address",
    "waitlist:own-entry": "guarded by the link in the address",
    "waitlist:own-leave": "guarded by the link in the address",
    "rehearsal:messages": "a carrier for rehearsals: guarded by account and token, absent in production",
    "rehearsal:message": "the same",
    "rehearsal:calls": "the same",
}
ALSO_KNOWN = {"design", "admin:jsi18n"}  # there only with DEBUG, or under a name walked elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """blind: roles let in who still must not read the client's name there. kwargs: argument → attribute path."""

    method: str = "get"
    kwargs: dict[str, str] = field(default_factory=dict)
    data: dict = field(default_factory=dict)
    blind: frozenset[str] = frozenset()
    expected: dict[str, str] = field(default_factory=dict)

    def arguments(self, world: SimpleNamespace) -> dict:
        return {name: read(world, path) for name, path in self.kwargs.items()}


def read(world: object, path: str) -> object:
    for name in path.split("."):
        world = getattr(world, name)
    return world


def row(
    method: str = "get",
    *,
    blind: str = "",
    data: dict | None = None,
    kwargs: dict | None = None,
    **differs: str,
) -> Row:
    """Everybody gets in but those named: `row(colleague=GONE)`."""
    return Row(
        method=method,
        kwargs=kwargs or {},
        data=data or {},
        blind=frozenset(blind.split()),
        expected={role: differs.get(role, IN) for role in ROLES},
    )


def of_client(method: str = "get", **differs: str) -> Row:
    return row(method, kwargs={"public_id": "client.public_id"}, **{"colleague": GONE, **differs})


def of_visit(method: str = "get", **differs: str) -> Row:
    return row(
        method, kwargs={"public_id": "visit.public_id"}, data={"edition": 1}, **{"colleague": GONE, **differs}
    )


NOT_MONEY = {
    "desk": OUT,
    "own": OUT,
    "supervisor": OUT,
    "colleague": OUT,
}  # billing and admins change charges


def of_charge(**differs: str) -> Row:
    return row("post", kwargs={"public_id": "charge.public_id"}, **NOT_MONEY | differs)


def of_thread(method: str = "get", **differs: str) -> Row:
    return row(
        method, kwargs={"public_id": "thread.public_id"}, **{"colleague": GONE, "biller": OUT, **differs}
    )


def of_entry(method: str = "get", **differs: str) -> Row:
    return row(
        method, kwargs={"public_id": "entry.public_id"}, **{"colleague": GONE, "biller": OUT, **differs}
    )


def of_type(method: str = "get", **differs: str) -> Row:
    return row(method, kwargs={"pk": "type.pk"}, **differs)


def of_provider(method: str = "get", **differs: str) -> Row:
    """Hours: one's own, and an admin everybody's."""
    who = {"desk": OUT, "biller": OUT, "supervisor": OUT, "colleague": GONE}
    return row(method, kwargs={"public_id": "visit.provider.public_id"}, **who | differs)


def of_time_off(method: str = "get", **differs: str) -> Row:
    """Billing has nothing to do with it; a colleague's does not exist."""
    return row(
        method, kwargs={"public_id": "time_off.public_id"}, **{"colleague": GONE, "biller": OUT, **differs}
    )


def of_kind(**differs: str) -> Row:
    return row(kwargs={"kind": "kind"}, **differs)


def of_rule(method: str = "get", **differs: str) -> Row:
    return row(method, kwargs={"pk": "differs.rule.pk"}, **differs)


def of_exception(method: str = "get", **differs: str) -> Row:
    return row(method, kwargs={"pk": "differs.rule.pk", "exception": "differs.pk"}, **differs)


def of_words(method: str = "get", **differs: str) -> Row:
    words = {"key": "words.key", "channel": "words.channel", "language": "words.language"}
    return row(method, kwargs=words, **differs)


def of_run(method: str = "get", **differs: str) -> Row:
    return row(method, kwargs={"pk": "run.pk"}, **differs)


def of_letter(**differs: str) -> Row:
    return row("post", kwargs={"task_id": "letter.pk"}, **differs)


def of_group(method: str = "get", **differs: str) -> Row:
    return row(
        method,
        kwargs={"public_id": "group.public_id"},
        data={"edition": 1, "state": "closed"},
        **{"colleague": GONE, **differs},
    )


def of_session(method: str = "get", **differs: str) -> Row:
    return row(
        method,
        kwargs={"public_id": "session.public_id"},
        data={
            "edition": 1,
            "attendance": lambda world: world.seat.pk,
            "mark": "excused",
            "decision": "keep",
        },
        **{"colleague": GONE, **differs},
    )


def of_member(method: str = "get", **differs: str) -> Row:
    return row(
        method,
        kwargs={"pk": "member.pk"},
        data={"edition": 1},
        **{"colleague": GONE, "biller": OUT, **differs},
    )


def of_person(**differs: str) -> Row:
    return row("post", kwargs={"pk": "attendance.pk"}, data={"edition": 1}, **{"colleague": GONE, **differs})


ADMINS = {"desk": OUT, "own": OUT, "supervisor": OUT, "colleague": OUT, "biller": OUT}
NOT_MINE = {"desk": OUT, "supervisor": OUT, "colleague": OUT, "biller": OUT}  # one's own acts; admins any
RECORDS = {"own": OUT, "supervisor": OUT, "colleague": OUT, "biller": OUT}  # the desk and admins keep records
ROWS = {
    "practice:client-list": row(blind="colleague"),
    "practice:client-find": row("post", data={"q": "Zeph"}, blind="colleague"),
    "practice:client-new": row(**RECORDS),
    "practice:client-card": of_client(),
    "practice:client-edit": of_client(**RECORDS),
    "practice:contact-new": of_client(**RECORDS),
    "practice:contact-edit": row(kwargs={"public_id": "client.public_id", "pk": "parent.pk"}, **RECORDS),
    "practice:client-apart": of_client(biller=OUT),
    "practice:client-apart-end": row(
        "post",
        kwargs={"public_id": "client.public_id", "pk": "pair.pk"},
        desk=OUT,
        colleague=GONE,
        biller=OUT,
    ),
    "practice:audit-list": row(blind="admin", **ADMINS),
    "practice:audit-export": row(blind="admin", **ADMINS),
    "practice:import": row(**ADMINS),
    "practice:import-upload": of_kind(**ADMINS),
    "practice:import-export": of_kind(**ADMINS),
    "practice:import-template": of_kind(**ADMINS),
    "practice:import-run": of_run(**ADMINS),
    "practice:import-progress": of_run(**ADMINS),
    "practice:import-stop": of_run("post", **ADMINS),
    "practice:import-bad": of_run(**ADMINS),
    "practice:stay": row("post", blind=" ".join(ROLES)),
    "scheduling:home": row(blind=" ".join(ROLES)),
    "scheduling:calendar": row(blind="colleague"),
    "scheduling:calendar-poll": row(blind="colleague"),
    "scheduling:openings": row(
        data={"type": lambda world: world.type.pk, "client": lambda world: world.client.public_id},
        blind="colleague",
    ),
    "scheduling:opening-why": row(
        data={"type": lambda world: world.type.pk, "on": "2026-11-25"}, blind=" ".join(ROLES)
    ),
    "scheduling:opening-client": row("post", data={"q": "Zeph"}, blind="colleague"),
    "scheduling:opening-hold": row("post", biller=OUT),
    "scheduling:opening-release": row("post", blind=" ".join(ROLES), biller=OUT),
    "scheduling:visit": of_visit(),
    "scheduling:visit-new": row(biller=OUT),
    "scheduling:visit-why-not": row("post", biller=OUT),
    "scheduling:visit-type-defaults": row("post", data={"type": lambda world: world.type.pk}, biller=OUT),
    "scheduling:visit-people": row("post", biller=OUT),
    "scheduling:visit-add-person": of_visit(biller=OUT),
    "scheduling:attendance-cancel": row(kwargs={"pk": "attendance.pk"}, colleague=GONE, biller=OUT),
    "scheduling:series-new": row("post", biller=OUT),
    "scheduling:series-extend": of_visit(biller=OUT),
    "scheduling:visit-move": of_visit(biller=OUT),
    "scheduling:visit-cancel": of_visit(biller=OUT),
    "scheduling:visit-restore": of_visit("post", biller=OUT),
    "scheduling:visit-start": of_visit("post", biller=OUT),
    "scheduling:visit-complete": of_visit("post", biller=OUT),
    "scheduling:visit-confirm-hold": of_visit("post", biller=OUT),
    "scheduling:visit-reopen": of_visit("post", biller=OUT),
    "scheduling:client-authorizations": of_client(),
    "scheduling:authorization-edit": row(
        kwargs={"public_id": "client.public_id", "pk": "permit.pk"}, own=OUT, supervisor=OUT, colleague=OUT
    ),
    "scheduling:visit-release": of_visit("post", biller=OUT),
    "scheduling:attendance-confirm": of_person(biller=OUT),
    "scheduling:attendance-unconfirm": of_person(biller=OUT),
    "scheduling:attendance-check-in": of_person(biller=OUT),
    "scheduling:attendance-take-back-check-in": of_person(biller=OUT),
    "scheduling:attendance-absent": of_person(biller=OUT),
    "scheduling:attendance-take-back-absent": of_person(biller=OUT),
    "scheduling:attendance-put-back": of_person(biller=OUT),
    "scheduling:attendance-was-here": of_person(biller=OUT),
    "scheduling:attendance-was-absent": of_person(biller=OUT),
    "scheduling:attendance-was-excused": of_person(biller=OUT),
    "scheduling:changes": row(blind="colleague"),
    "scheduling:change-undo": row(
        "post", kwargs={"change_id": "change.pk"}, blind=" ".join(ROLES), **NOT_MINE
    ),
    "scheduling:hours-home": row(desk=OUT, biller=OUT),
    "scheduling:hours": of_provider(),
    "scheduling:override-list": row(blind="admin", **ADMINS),
    "scheduling:override-export": row(blind="admin", **ADMINS),
    "scheduling:hours-dates": of_provider(),
    "scheduling:hours-date-remove": row(
        "post",
        kwargs={"public_id": "visit.provider.public_id", "pk": "exception.pk"},
        desk=OUT,
        biller=OUT,
        supervisor=OUT,
        colleague=GONE,
    ),
    "scheduling:outside-calendar": of_provider(),
    "scheduling:outside-poll": of_provider(),
    "scheduling:outside-read": of_provider("post"),
    "scheduling:outside-remove": of_provider("post"),
    "scheduling:closures": row(**ADMINS),
    "scheduling:closure-holidays": row(**ADMINS),
    "scheduling:closure-remove": row("post", kwargs={"pk": "closure.pk"}, **ADMINS),
    "scheduling:time-off-list": row(blind=" ".join(ROLES), biller=OUT),
    "scheduling:time-off-new": row(blind=" ".join(ROLES), biller=OUT),
    "scheduling:time-off-sick": row(blind=" ".join(ROLES), biller=OUT),
    "scheduling:time-off-year": row(
        kwargs={"public_id": "visit.provider.public_id"}, blind=" ".join(ROLES), colleague=GONE, biller=OUT
    ),
    "scheduling:time-off": of_time_off(blind=" ".join(ROLES)),
    "scheduling:time-off-plan": of_time_off(),
    "scheduling:time-off-deny": of_time_off("post", desk=OUT, own=OUT, supervisor=OUT),
    "scheduling:time-off-withdraw": of_time_off("post", supervisor=OUT),
    "scheduling:complete-list": row(blind=" ".join(ROLES)),
    "scheduling:complete-many": row("post", blind=" ".join(ROLES)),
    "scheduling:charge-list": row(desk=OUT, blind="colleague"),
    "scheduling:charging": row(**ADMINS),
    "scheduling:charge-file": row(**NOT_MONEY),
    "scheduling:charge-export": row("post", blind="biller admin", **NOT_MONEY),
    "scheduling:charge-remake": row("post", blind="biller admin", **NOT_MONEY),
    "scheduling:charge-now": row("post", blind="biller admin", **NOT_MONEY),
    "scheduling:charge-decide": of_charge(),
    "scheduling:charge-void": of_charge(),
    "scheduling:type-list": row(**ADMINS),
    "scheduling:type-add": row(**ADMINS),
    "scheduling:type-edit": of_type(**ADMINS),
    "scheduling:type-archive": of_type("post", **ADMINS),
    "scheduling:type-delete": of_type("post", **ADMINS),
    "messaging:policy": row(**ADMINS),
    "messaging:account-twilio": row(**ADMINS),
    "messaging:account-mail": row(**ADMINS),
    "messaging:account-try": row("post", **ADMINS),
    "messaging:carrier-check": row(**ADMINS),
    "messaging:consent": of_client(biller=OUT),
    "messaging:inbox": row(blind="colleague", biller=OUT),
    "messaging:inbox-live": row(blind="colleague", biller=OUT),
    "messaging:inbox-count": row(blind=" ".join(ROLES), biller=OUT),
    "messaging:inbox-thread": of_thread(),
    "messaging:inbox-thread-live": of_thread(),
    "messaging:inbox-reply": of_thread("post"),
    "messaging:inbox-assign": of_thread("post"),
    "messaging:inbox-close": of_thread("post"),
    "messaging:inbox-reopen": of_thread("post"),
    "messaging:task-acknowledge": row("post", kwargs={"task_id": "task.pk"}, colleague=GONE, biller=OUT),
    "messaging:task-list": row(blind="colleague", biller=OUT),
    "messaging:task-close": row("post", kwargs={"task_id": "task.pk"}, colleague=GONE, biller=OUT),
    "reminders:messages": row(blind=" ".join(ROLES), biller=OUT),
    "reminders:messages-export": row(blind=" ".join(ROLES), biller=OUT),
    "reminders:failed": row(blind="colleague", biller=OUT),
    "reminders:failed-retry": of_letter(colleague=GONE, biller=OUT),
    "reminders:failed-phoned": of_letter(colleague=GONE, biller=OUT),
    "reminders:message-resend": row(
        "post",
        kwargs={"pk": "attendance.pk"},
        data={"change_id": "6a7f4a4e-5d0b-4a3e-9a52-0f6f0a4d1b11", "channel": "portal"},
        colleague=GONE,
        biller=OUT,
    ),
    "reminders:thread-acts": of_thread(),
    "reminders:thread-confirm": row(
        "post",
        kwargs={"public_id": "thread.public_id", "attendance_id": "attendance.pk"},
        colleague=GONE,
        biller=OUT,
    ),
    "practice:client-flag": of_client("post", desk=OUT, biller=OUT),
    "reminders:reach": row(blind="colleague", biller=OUT),
    "reminders:reach-plan": row("post", blind=" ".join(ROLES), biller=OUT),
    "reminders:visit-messages": of_visit(biller=OUT),
    "reminders:schedule": row(**ADMINS),
    "reminders:rule-add": row(**ADMINS),
    "reminders:rule-effect": row("post", blind="admin", **ADMINS),
    "reminders:rule-edit": of_rule(**ADMINS),
    "reminders:rule-delete": of_rule("post", **ADMINS),
    "reminders:exception-add": of_rule(**ADMINS),
    "reminders:exception-edit": of_exception(**ADMINS),
    "reminders:exception-remove": of_exception("post", **ADMINS),
    "reminders:wording-list": row(blind="admin", **ADMINS),
    "reminders:wording-edit": of_words(**ADMINS),
    "reminders:wording-preview": of_words("post", **ADMINS),
    "reminders:wording-revert": of_words("post", blind="admin", **ADMINS),
    "waitlist:entry-list": row(blind="colleague", biller=OUT),
    "waitlist:entry-new": row(
        data={"client": lambda world: world.client.public_id}, blind="colleague", biller=OUT
    ),
    "waitlist:entry-edit": of_entry(),
    "waitlist:entry-invite": row("post", biller=OUT),
    "waitlist:span-list": row(blind=" ".join(ROLES), biller=OUT),
    "waitlist:span": row(kwargs={"public_id": "freed.public_id"}, colleague=GONE, biller=OUT),
    "waitlist:span-offer": row(
        "post",
        kwargs={"public_id": "freed.public_id"},
        biller=OUT,
        **dict.fromkeys(("desk", "own", "supervisor", "colleague", "admin"), GONE),
    ),
    "waitlist:offer-answer": row(
        "post", kwargs={"public_id": "offer.public_id"}, data={"answer": "back"}, colleague=GONE, biller=OUT
    ),
    "waitlist:visit-waiting": of_visit(biller=OUT),
    "waitlist:figures": row(blind=" ".join(ROLES), biller=OUT),
    "waitlist:policy": row(**ADMINS),
    "waitlist:entry-close": of_entry("post"),
    "waitlist:entry-pin": of_entry("post"),
    "groups:group-list": row(blind=" ".join(ROLES)),
    "groups:group-new": row(desk=OUT, biller=OUT),
    "groups:group": of_group(),
    "groups:group-edit": of_group(desk=OUT, biller=OUT),
    "groups:group-state": of_group("post", desk=OUT, biller=OUT),
    "groups:group-plan": of_group(biller=OUT),
    "groups:sheet": of_session(),
    "groups:sheet-rows": of_session(),
    "groups:sheet-mark": of_session("post", biller=OUT),
    "groups:sheet-all-here": of_session("post", biller=OUT),
    "groups:sheet-walk-in": of_session("post", biller=OUT),
    "groups:sheet-complete": of_session("post", biller=OUT),
    "groups:sheet-reopen": of_session("post", biller=OUT),
    "groups:sheet-print": of_session(),
    "groups:session-decide": of_session("post", biller=OUT),
    "groups:sheet-history": row(kwargs={"public_id": "session.public_id", "pk": "seat.pk"}, colleague=GONE),
    "groups:group-history": of_group(),
    "groups:group-export": of_group(),
    "groups:member-history": row(kwargs={"pk": "member.pk"}, colleague=GONE),
    "groups:member-make-up": row(
        "post",
        kwargs={"pk": "member.pk", "session": "session.public_id"},
        colleague=GONE,
        biller=OUT,
    ),
    "groups:member-refer": of_group(biller=OUT),
    "groups:member-screen": of_member(desk=OUT),
    "groups:member-exit": of_member(),
    "groups:member-act": row(
        "post",
        kwargs={"pk": "member.pk", "act": "enrol_act"},
        data={"edition": 1},
        colleague=GONE,
        biller=OUT,
    ),
    "rehearsal:phones": row(blind="colleague"),
    "rehearsal:live": row(blind="colleague"),
    "rehearsal:client-find": row("post", data={"words": "Zeph"}, blind="colleague"),
    "rehearsal:faults-set": row("post"),
    "rehearsal:trouble-set": row("post"),
    "rehearsal:text-say": row("post"),
    "rehearsal:call-act": row("post", **dict.fromkeys(ROLES, GONE)),
    "rehearsal:mail": row(kwargs={"sid": "kind"}, **dict.fromkeys(ROLES, GONE)),
}


@dataclass(frozen=True, slots=True)
class Route:
    name: str  # with its namespaces
    pattern: tuple

    @property
    def namespace(self) -> str:
        return self.name.rpartition(":")[0]


def every_route() -> list[Route]:
    """Named ones, each once. The unnamed are the admin's redirects and catch-alls, behind the admin's own door."""
    seen = {route.name: route for route in _walk(get_resolver().url_patterns, "", ())}
    return [seen[name] for name in sorted(seen)]


def _walk(patterns: list, namespace: str, above: tuple) -> Iterator[Route]:
    for entry in patterns:
        here = (*above, entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, inner, here)
        elif isinstance(entry, URLPattern) and entry.name:
            yield Route(namespace + entry.name, here)


def filled(route: Route) -> dict:
    """Something of the right shape for each part of the address."""
    shapes = {"UUIDConverter": str(uuid.UUID(int=7)), "IntConverter": "1"}
    found: dict[str, str] = {}
    for pattern in route.pattern:
        found |= {name: shapes.get(type(kind).__name__, "x") for name, kind in pattern.converters.items()}
        found |= {
            name: GUESSES.get(name, "x")
            for name in getattr(pattern.regex, "groupindex", {})
            if name not in found
        }
    return found


GUESSES = {"app_label": "practice", "key": "a-b", "uidb36": "1"}


def outcome(answer: HttpResponse) -> str:
    if answer.status_code in (301, 302):
        doors = {
            resolve_url(settings.LOGIN_URL),
            resolve_url("admin:login"),
        }  # the second leads on to the first
        return DOOR if urlsplit(answer["Location"]).path in doors else IN
    return {403: OUT, 401: OUT, 404: GONE, 405: GONE}.get(answer.status_code, IN)
