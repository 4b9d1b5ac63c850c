"""Who may do what: one readable table. Asked in operations; pages only hide what it forbids."""

from core.actors import Actor, ActorKind
from core.refusals import NotAllowed
from practice.states import Role

DESK, PROVIDER, BILLING, ADMIN = (
    Role.FRONT_DESK,
    Role.PROVIDER,
    Role.BILLING,
    Role.ADMIN,
)

# verb → roles that hold it. "own" verbs are also limited to what `visible_to` shows the actor.
MATRIX: dict[str, frozenset[str]] = {
    "calendar.see": frozenset({DESK, PROVIDER, BILLING, ADMIN}),
    "visit.book": frozenset({DESK, PROVIDER, ADMIN}),
    "visit.move": frozenset({DESK, PROVIDER, ADMIN}),
    "visit.cancel": frozenset({DESK, PROVIDER, ADMIN}),
    "visit.attend": frozenset({DESK, PROVIDER, ADMIN}),  # check in, start, complete, did not come
    "visit.settle": frozenset({DESK, PROVIDER, BILLING, ADMIN}),  # complete in bulk what is over and marked
    "visit.override": frozenset({DESK, PROVIDER, ADMIN}),
    "override.see": frozenset({ADMIN}),  # the report; on a visit its own stand in the panel
    "client.see": frozenset({DESK, PROVIDER, BILLING, ADMIN}),
    "client.add": frozenset({DESK, ADMIN}),
    "client.change": frozenset({DESK, ADMIN}),
    "client.flag": frozenset({PROVIDER, ADMIN}),  # "call before closing", and why
    "authorization.change": frozenset({DESK, BILLING, ADMIN}),
    "apart.add": frozenset({DESK, PROVIDER, ADMIN}),  # whoever books has to know that two must not meet
    "apart.end": frozenset({PROVIDER, ADMIN}),
    "apart.reason": frozenset({PROVIDER, ADMIN}),  # clinical: why they must not
    "group.see": frozenset({DESK, PROVIDER, BILLING, ADMIN}),  # roster and attendance; no notes
    "group.change": frozenset({PROVIDER, ADMIN}),  # make, edit, close
    "group.roster": frozenset({DESK, PROVIDER, ADMIN}),  # refer, enrol, hold, leave; plan sessions
    "group.screen": frozenset({PROVIDER, ADMIN}),  # clinical: approve or decline, and why
    "group.notes": frozenset({PROVIDER, ADMIN}),  # clinical: screening and attendance notes
    "consent.record": frozenset({DESK, PROVIDER, ADMIN}),
    "charge.see": frozenset({PROVIDER, BILLING, ADMIN}),  # a provider's own only
    "charge.first": frozenset({BILLING}),  # whose daily page the worklist is: it stands in the top bar
    "charge.change": frozenset({BILLING, ADMIN}),  # approve and waive fees, void, export
    "message.see": frozenset({DESK, PROVIDER, ADMIN}),
    "message.send": frozenset({DESK, PROVIDER, ADMIN}),  # one's own words, or again elsewhere
    "task.close": frozenset({DESK, PROVIDER, ADMIN}),
    "waitlist.see": frozenset({DESK, PROVIDER, ADMIN}),
    "waitlist.change": frozenset({DESK, PROVIDER, ADMIN}),  # add, edit, close, pin
    "waitlist.offer": frozenset({DESK, PROVIDER, ADMIN}),  # offer by hand, take an answer down, withdraw
    "type.change": frozenset({ADMIN}),
    "hours.change": frozenset({ADMIN}),
    "time_off.see": frozenset({DESK, PROVIDER, ADMIN}),
    "time_off.ask": frozenset({DESK, ADMIN}),  # for anybody; a provider for themselves
    "time_off.decide": frozenset({ADMIN}),  # never one's own
    "time_off.sick": frozenset({DESK, ADMIN}),  # who fell ill today: the desk need not wait for an admin
    "settings.change": frozenset({ADMIN}),
    "audit.see": frozenset({ADMIN}),
    "data.import": frozenset({ADMIN}),
    "data.export": frozenset({ADMIN}),
    "rehearsal.use": frozenset({DESK, PROVIDER, BILLING, ADMIN}),
}


def may(actor: Actor, verb: str) -> bool:
    """KeyError for a verb that is not in the table: a typo must not open a door."""
    allowed = MATRIX[verb]
    if actor.kind == ActorKind.SYSTEM:
        return True
    return actor.is_staff and bool(actor.roles & allowed)


def require(allowed: bool, message: str = "You may not do that. Ask a practice admin.") -> None:
    """Raises NotAllowed."""
    if not allowed:
        raise NotAllowed(message)
