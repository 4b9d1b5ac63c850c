"""What every page knows: the places in the top bar that exist for this person, and who they are."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from core.actors import Actor
from practice.models import Practice
from practice.permissions import may
from practice.queries import the_practice
from practice.states import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    label: str
    url_name: str
    verb: str


PLACES = [
    Place(label="Calendar", url_name="scheduling:calendar", verb="calendar.see"),
    Place(label="Openings", url_name="scheduling:openings", verb="calendar.see"),
    Place(label="Clients", url_name="practice:client-list", verb="client.see"),
    Place(label="Groups", url_name="groups:group-list", verb="group.see"),
    Place(label="Waitlist", url_name="waitlist:entry-list", verb="waitlist.see"),
    Place(label="Charges", url_name="scheduling:charge-list", verb="charge.first"),
    Place(label="Messages", url_name="reminders:messages", verb="message.see"),
    Place(label="Time off", url_name="scheduling:time-off-list", verb="time_off.see"),
    Place(label="Settings", url_name="scheduling:type-list", verb="type.change"),
]
# What stands in the list on the left of every settings page; "Settings" is the current place on each of them.
SETTINGS = [
    Place(label="Appointment types", url_name="scheduling:type-list", verb="type.change"),
    Place(label="Hours", url_name="scheduling:hours-home", verb="hours.change"),
    Place(label="Charging", url_name="scheduling:charging", verb="settings.change"),
    Place(label="Reminders", url_name="reminders:schedule", verb="settings.change"),
    Place(label="Message wording", url_name="reminders:wording-list", verb="settings.change"),
    Place(label="Waiting list", url_name="waitlist:policy", verb="settings.change"),
    Place(label="Closed days", url_name="scheduling:closures", verb="hours.change"),
    Place(label="Sending rules", url_name="messaging:policy", verb="settings.change"),
    Place(label="Texts and calls", url_name="messaging:account-twilio", verb="settings.change"),
    Place(label="Email", url_name="messaging:account-mail", verb="settings.change"),
    Place(label="Carriers", url_name="messaging:carrier-check", verb="settings.change"),
    Place(label="Import and export", url_name="practice:import", verb="data.import"),
    Place(label="Overrides", url_name="scheduling:override-list", verb="override.see"),
]

# Tabs on every page of "Messages", which is the current place on each of them. What does not exist here is left out.
MESSAGES = [
    Place(label="Overview", url_name="reminders:messages", verb="message.see"),
    Place(label="Inbox", url_name="messaging:inbox", verb="message.see"),
    Place(label="Reach", url_name="reminders:reach", verb="message.see"),
    Place(label="Did not arrive", url_name="reminders:failed", verb="message.see"),
    Place(label="Tasks", url_name="messaging:task-list", verb="task.close"),
]

# The same for the waiting list.
WAITLIST = [
    Place(label="Waiting", url_name="waitlist:entry-list", verb="waitlist.see"),
    Place(label="Open times", url_name="waitlist:span-list", verb="waitlist.see"),
    Place(label="Figures", url_name="waitlist:figures", verb="waitlist.see"),
]


def nav(request: HttpRequest) -> dict:
    """Looked up only by who says it: the answer to a tap is a row, and has no top bar."""
    practice = _practice_of(request)
    known = {"nav": [], "practice": practice, "practice_name": SimpleLazyObject(lambda: name_of(practice))}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return known
    actor, here = request.actor, request.path  # type: ignore[attr-defined]
    return known | {
        "actor": actor,
        "nav": SimpleLazyObject(lambda: places_for(actor, here)),
        "settings_pages": SimpleLazyObject(lambda: _found(SETTINGS, actor, here)),
        "message_pages": SimpleLazyObject(lambda: _tabs(MESSAGES, actor, here)),
        "waitlist_pages": SimpleLazyObject(lambda: _tabs(WAITLIST, actor, here)),
        "idle_seconds": settings.IDLE_SECONDS,
        "idle_keep_url": reverse("practice:stay"),
        "user_name": user.name,
        "user_role": ", ".join(Role(role).label for role in user.roles),
        "user_links": SimpleLazyObject(lambda: _links_for(actor)),
    }


def places_for(actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    """(label, url, is_current) of the places this actor may go to."""
    inside = {
        label
        for label, pages in (("Settings", SETTINGS), ("Messages", MESSAGES))
        if any(is_current for _, _, is_current in _found(pages, actor, here))
    }
    return [
        (label, url, is_current or label in inside) for label, url, is_current in _found(PLACES, actor, here)
    ]


def _tabs(pages: list[Place], actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    """Of several that begin like the address the longest is current: the first tab is the beginning of others."""
    found = _found(pages, actor, here)
    longest = max((url for _, url, is_current in found if is_current), key=len, default="")
    return [(label, url, url == longest) for label, url, _ in found]


def _found(places: list[Place], actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    found = []
    for place in places:
        url = _url(place.url_name)
        if url and may(actor, place.verb):
            found.append((place.label, url, _is_current(url, here)))
    return found


def _links_for(actor: Actor) -> list[tuple[str, str]]:
    own = [("Second factor", reverse("mfa_index")), ("Password", reverse("account_change_password"))]
    if actor.provider_id:
        own.insert(0, ("My hours", reverse("scheduling:hours-home")))
    if settings.REHEARSAL and may(actor, "rehearsal.use"):
        own.insert(0, ("Rehearsal", reverse("rehearsal:phones")))
    if may(actor, "visit.settle"):
        own.append(("Visits to complete", reverse("scheduling:complete-list")))
    if may(actor, "charge.see") and not may(actor, "charge.first"):
        own.append(("Charges", reverse("scheduling:charge-list")))
    if may(actor, "audit.see"):
        own.append(("Audit trail", reverse("practice:audit-list")))
    if may(actor, "settings.change"):
        own.append(("Admin", reverse("admin:index")))
    return own


def name_of(practice: Practice) -> str:
    try:
        return practice.name
    except Practice.DoesNotExist:
        return ""


def _practice_of(request: HttpRequest) -> Practice:
    """Read at most once per request, and only by pages that use it."""
    if not hasattr(request, "practice"):
        request.practice = SimpleLazyObject(the_practice)  # type: ignore[attr-defined]
    return request.practice  # type: ignore[attr-defined]


def _url(name: str) -> str:
    """Empty for a place that does not exist here."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _is_current(url: str, here: str) -> bool:
    return here.startswith(url)
