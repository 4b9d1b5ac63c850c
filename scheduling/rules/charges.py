"""What is charged for a visit: who, for what, by which code. Values in, values out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from practice.states import AbsencePolicy, Modality
from scheduling.states import (
    Against,
    AppointmentState,
    AttendanceState,
    BillingMode,
    Category,
    ChargeKind,
    ChargeState,
    ContactState,
    Decision,
    Missing,
)

OFFICE = "11"
CODE = re.compile(r"[A-Z0-9]{5}\Z")
MODIFIER = re.compile(r"[A-Z0-9]{2}\Z")
CODE_LINE = re.compile(r"(\d{1,3})\s*(?:min|minutes|\+|:)?\s*[ :=-]*\s*([A-Za-z0-9]+)\Z")
NOT_REACHED = (ContactState.NONE, ContactState.PLANNED, ContactState.FAILED)
# Who is charged (None for the meeting as a whole), and for what.
Due = tuple[int | None, ChargeKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comes:
    """One person of a visit; `id` is the attendance's."""

    id: int
    state: str
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    state: str
    category: str
    mode: str
    is_billable: bool
    people: tuple[Comes, ...]

    @property
    def is_done(self) -> bool:
        return self.state == AppointmentState.COMPLETED


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What the practice proposes. `absent`: for members of a group who stayed away."""

    no_show_cents: int = 0
    late_cancel_cents: int = 0
    absent: str = AbsencePolicy.FEE

    def of(self, kind: str) -> int:
        return self.no_show_cents if kind == ChargeKind.NO_SHOW_FEE else self.late_cancel_cents


def due(meeting: Meeting, fees: Fees) -> set[Due]:
    """Every charge the facts ask for, those already made included."""
    if not meeting.is_billable or meeting.category == Category.ADMINISTRATIVE:
        return set()
    wanted: set[Due]
    if meeting.mode == BillingMode.PER_MEETING:
        wanted = {(None, kind) for kind in _of_the_meeting(meeting)}
    else:
        wanted = {(person.id, kind) for person in meeting.people for kind in _of_one(person, meeting, fees)}
    return {one for one in wanted if one[1] == ChargeKind.SERVICE or fees.of(one[1]) > 0}


def _of_one(person: Comes, meeting: Meeting, fees: Fees) -> Iterator[ChargeKind]:
    is_group = meeting.category == Category.GROUP
    if person.state == AttendanceState.ATTENDED and meeting.is_done:
        yield ChargeKind.SERVICE
    elif person.state == AttendanceState.ABSENT and not is_group:
        yield ChargeKind.NO_SHOW_FEE
    elif person.state == AttendanceState.ABSENT and meeting.is_done:  # a sheet is final when it is completed
        if fees.absent == AbsencePolicy.FULL:
            yield ChargeKind.SERVICE
        if fees.absent == AbsencePolicy.FEE:
            yield ChargeKind.NO_SHOW_FEE
    elif person.state == AttendanceState.CANCELLED and person.is_late:
        yield ChargeKind.LATE_CANCEL_FEE


def _of_the_meeting(meeting: Meeting) -> Iterator[ChargeKind]:
    """Charged once: the service when anybody came; a fee when nobody did. A group's payer owes none for members."""
    states = {p.state for p in meeting.people if p.state != AttendanceState.EXCUSED}
    if meeting.is_done and AttendanceState.ATTENDED in states:
        yield ChargeKind.SERVICE
    elif meeting.category != Category.GROUP and states:
        owing = [p for p in meeting.people if p.state in (AttendanceState.ABSENT, AttendanceState.CANCELLED)]
        if states <= {AttendanceState.ABSENT, AttendanceState.CANCELLED} and AttendanceState.ABSENT in states:
            yield ChargeKind.NO_SHOW_FEE
        elif states == {AttendanceState.CANCELLED} and any(p.is_late for p in owing):
            yield ChargeKind.LATE_CANCEL_FEE


def code_for(minutes: int, by_minutes: Sequence[Sequence], usual: str) -> str:
    """`by_minutes`: (least minutes, code), ascending. Below the first there is no code; without any, the type's own."""
    if not by_minutes:
        return usual
    return next((code for least, code in reversed(by_minutes) if minutes >= least), "")


def modifiers_from(words: Iterable[str]) -> list[str]:
    """Each once, in capitals. Raises ValueError."""
    found = list(dict.fromkeys(word.upper() for word in words))
    if wrong := [word for word in found if not MODIFIER.match(word)]:
        raise ValueError(f"“{wrong[0]}” is no modifier: write two letters or digits, like 95.")
    return found


def codes_from(lines: Iterable[str]) -> list[tuple[int, str]]:
    """Pairs like `38 90834`, ascending. Raises ValueError."""
    pairs = sorted(_pair(line) for line in lines)
    if len({least for least, _ in pairs}) < len(pairs):
        raise ValueError("Two codes begin at the same minute. Keep one.")
    return pairs


def _pair(line: str) -> tuple[int, str]:
    found = CODE_LINE.match(line)
    code = found[2].upper() if found else ""
    if not found or not CODE.match(code):
        raise ValueError(f"“{line}” is no line like “38 90834”: the least minutes, then the code.")
    return int(found[1]), code


def place_of(modality: str, telehealth_place: str) -> str:
    return OFFICE if modality == Modality.IN_PERSON else telehealth_place


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a service's charge is made of, as far as it is known."""

    cpt_code: str
    rate_cents: int | None
    is_claim: bool  # goes to a payer by code; a flat rate for a group does not
    needs_authorization: bool = False
    has_authorization: bool = False
    needs_supervisor: bool = False
    has_supervisor: bool = False
    needs_birth_date: bool = False
    has_birth_date: bool = False


def missing_in(known: Known) -> list[Missing]:
    found = {
        Missing.CODE: known.is_claim and not known.cpt_code,
        Missing.RATE: known.rate_cents is None,
        Missing.AUTHORIZATION: known.needs_authorization and not known.has_authorization,
        Missing.SUPERVISOR: known.needs_supervisor and not known.has_supervisor,
        Missing.BIRTH_DATE: known.needs_birth_date and not known.has_birth_date,
    }
    return [what for what, is_missing in found.items() if is_missing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Whether a fee is fair to ask. Source: practice policy BOOK-5."""

    insurances: Collection[str]
    payers_without_fees: Collection[str]
    policy_on: dt.date | None  # when the client acknowledged it
    visit_on: dt.date
    was_moved: bool
    was_confirmed: bool
    contact_state: str
    had_a_fee_before: bool


def against(case: Case) -> list[Against]:
    """What speaks against a fee; all but `FIRST_TIME` forbid it."""
    forbidding = {payer.casefold() for payer in case.payers_without_fees}
    found = {
        Against.PAYER: any(name.casefold() in forbidding for name in case.insurances),
        Against.POLICY: case.policy_on is None or case.policy_on > case.visit_on,
        Against.MOVED: case.was_moved and not case.was_confirmed,
        Against.UNREACHED: case.contact_state in NOT_REACHED and not case.was_confirmed,
        Against.FIRST_TIME: not case.had_a_fee_before,
    }
    return [what for what, speaks in found.items() if speaks]


def forbids(reasons: Collection[str]) -> bool:
    return any(reason != Against.FIRST_TIME for reason in reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A charge as it stands."""

    kind: str
    decision: str
    is_missing: bool
    is_exported: bool
    is_reversed: bool
    reverses_unexported: bool


def state_of(charge: Written) -> ChargeState:
    """Twin: `ChargeQuerySet.with_state`; the order is the derivation."""
    if charge.reverses_unexported or (charge.is_reversed and not charge.is_exported):
        return ChargeState.VOID
    if charge.is_exported:
        return ChargeState.EXPORTED
    if charge.decision == Decision.WAIVED:
        return ChargeState.WAIVED
    if charge.kind != ChargeKind.SERVICE and not charge.decision:
        return ChargeState.PROPOSED
    return ChargeState.MISSING if charge.is_missing else ChargeState.READY
