"""What a tile says. The SQL twin is `AppointmentQuerySet.with_status`; tests hold both equal."""

from collections.abc import Iterable

from scheduling.states import UNCOUNTED, AppointmentState, AttendanceState, Status

# These speak for themselves, whoever comes. A hold given up is as gone as a cancelled visit.
BY_VISIT = {
    AppointmentState.CANCELLED: Status.CANCELLED,
    AppointmentState.RELEASED: Status.CANCELLED,
    AppointmentState.COMPLETED: Status.COMPLETED,
    AppointmentState.IN_SESSION: Status.IN_SESSION,
}
OTHERWISE = {
    AppointmentState.SCHEDULED: Status.SCHEDULED,
    AppointmentState.HELD: Status.HELD,
    AppointmentState.REQUESTED: Status.REQUESTED,
}


def status_of(state: str, people: Iterable[tuple[str, bool]]) -> Status:
    """`people`: (attendance state, is confirmed) of everybody on the visit; the uncounted are left out here."""
    if state in BY_VISIT:
        return BY_VISIT[AppointmentState(state)]
    counted = [(how, confirmed) for how, confirmed in people if how not in UNCOUNTED]
    if counted and all(how == AttendanceState.ABSENT for how, _ in counted):
        return Status.NO_SHOW
    if any(how == AttendanceState.ARRIVED for how, _ in counted):
        return Status.CHECKED_IN
    if counted and all(confirmed for _, confirmed in counted):
        return Status.CONFIRMED
    return OTHERWISE[AppointmentState(state)]
