"""What a new charge says: everything it is made of is read once, for however many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from practice.models import Provider
from practice.operations import record_many
from practice.operations.acting import Acting
from practice.operations.images import image
from practice.queries import the_practice
from practice.states import Modality
from scheduling.models import Appointment, Attendance, Charge, TypeOffer
from scheduling.rules import charges as rules
from scheduling.rules.money import cents, rate_of
from scheduling.states import FEES, BillingMode, Category, ChargeKind

Key = tuple[int, int | None, str]


class Maker:
    """Of visits with their type loaded, and {visit: people} with their client."""

    def __init__(
        self, acting: Acting, visits: Iterable[Appointment], people: Mapping[int, Sequence[Attendance]]
    ) -> None:
        self.acting, self.practice = acting, the_practice()
        self.visits = {visit.pk: visit for visit in visits}
        self.people = people

    def charges(self, keys: Iterable[Key]) -> list[Charge]:
        """Not yet written."""
        return [self._charge(*key) for key in keys]

    def _charge(self, visit_id: int, attendance_id: int | None, kind: str) -> Charge:
        visit = self.visits[visit_id]
        whom = [p for p in self.people.get(visit_id, []) if attendance_id in (None, p.pk)]
        row = Charge(
            kind=kind,
            attendance_id=attendance_id,
            appointment_id=None if attendance_id else visit_id,
            provider_id=visit.provider_id,
            served_on=visit.starts_at.astimezone(self.practice.tz).date(),
            minutes=visit.minutes,
            change=self.acting.change,
            not_before=self.acting.change.undo_until,
        )
        if kind == ChargeKind.SERVICE:
            self._fill_service(row, visit, whom)
        else:
            self._fill_fee(row, visit, whom)
        return row

    def _fill_service(self, row: Charge, visit: Appointment, whom: Sequence[Attendance]) -> None:
        kind, provider = visit.type, self.providers.get(visit.provider_id or 0)
        person = whom[0] if row.attendance_id else None
        row.cpt_code = rules.code_for(visit.minutes, kind.codes_by_minutes, kind.cpt_code)
        row.modifiers = list(dict.fromkeys([*kind.modifiers, *self._ways(visit.modality)]))
        row.place_of_service = rules.place_of(visit.modality, self.practice.telehealth_place)
        row.rate_cents = self._rate(visit)
        if provider and provider.supervision_required:
            row.supervising_provider = provider.supervisor
        if person:
            row.authorization_id = person.authorization_id if person.authorization_used else None
            row.expected_copay_cents = cents(person.client.copay)
        row.missing = rules.missing_in(self._known(row, visit, whom, provider))

    def _ways(self, modality: str) -> list[str]:
        ways = {
            Modality.TELEHEALTH.value: self.practice.telehealth_modifiers,
            Modality.PHONE.value: self.practice.phone_modifiers,
        }
        return ways.get(modality, [])

    def _rate(self, visit: Appointment) -> int | None:
        """The visit's own, copied when it was booked; visits of other systems may come without."""
        offered = self.offers.get((visit.type_id, visit.provider_id or 0))
        return cents(rate_of(visit.rate_cents, offered, visit.type.rate))

    def _known(
        self, row: Charge, visit: Appointment, whom: Sequence[Attendance], provider: Provider | None
    ) -> rules.Known:
        is_flat = visit.billing_mode == BillingMode.PER_MEETING
        is_claim = not (is_flat and visit.type.category == Category.GROUP)
        billed = [person.client for person in whom[:1]] if is_claim else []
        return rules.Known(
            cpt_code=row.cpt_code,
            rate_cents=row.rate_cents,
            is_claim=is_claim,
            needs_authorization=visit.type.requires_authorization and row.attendance_id is not None,
            has_authorization=row.authorization_id is not None,
            needs_supervisor=bool(provider and provider.supervision_required),
            has_supervisor=row.supervising_provider_id is not None,
            needs_birth_date=any(client.insurances for client in billed),
            has_birth_date=all(client.birth_on for client in billed),
        )

    def _fill_fee(self, row: Charge, visit: Appointment, whom: Sequence[Attendance]) -> None:
        fee = (
            self.practice.no_show_fee if row.kind == ChargeKind.NO_SHOW_FEE else self.practice.late_cancel_fee
        )
        row.rate_cents = cents(fee)
        found = [what for person in whom for what in rules.against(self._case(person, visit))]
        row.against = list(dict.fromkeys(found))

    def _case(self, person: Attendance, visit: Appointment) -> rules.Case:
        client = person.client
        return rules.Case(
            insurances=client.insurances,
            payers_without_fees=self.practice.payers_without_fees,
            policy_on=client.fee_policy_on,
            visit_on=visit.starts_at.astimezone(self.practice.tz).date(),
            was_moved=visit.occurrence > 1,
            was_confirmed=person.confirmed_at is not None,
            contact_state=person.contact_state,
            had_a_fee_before=client.pk in self.had_fees,
        )

    @cached_property
    def providers(self) -> dict[int, Provider]:
        ids = {visit.provider_id for visit in self.visits.values()} - {None}
        return Provider.objects.select_related("supervisor").in_bulk(ids)

    @cached_property
    def offers(self) -> dict[tuple[int, int], Decimal | None]:
        unpriced = [visit for visit in self.visits.values() if visit.rate is None]
        rows = TypeOffer.objects.filter(
            type__in={v.type_id for v in unpriced}, provider__in={v.provider_id for v in unpriced} - {None}
        )
        return {(row.type_id, row.provider_id): row.rate for row in rows}

    @cached_property
    def had_fees(self) -> set[int]:
        """Clients who were asked for a fee, or let off one, before."""
        clients = {p.client_id for people in self.people.values() for p in people}
        fees = Charge.objects.standing().filter(kind__in=FEES)
        alone = fees.filter(attendance__client__in=clients).values_list("attendance__client", flat=True)
        together = fees.filter(appointment__attendances__client__in=clients)
        return {*alone, *together.values_list("appointment__attendances__client", flat=True)}


def record_made(acting: Acting, charges: Iterable[Charge]) -> None:
    lines = ((row, None, image(row).columns) for row in charges)
    record_many("charge.made", lines, by=acting.by, at=acting.now, change=acting.change)
