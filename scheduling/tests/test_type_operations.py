import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection, transaction

from core.refusals import AlreadyUsed, NotAllowed, Refusal, StaleEdit
from practice.models import AuditEntry, Change
from scheduling.models import AppointmentType, TypeOffer
from scheduling.operations.types import TypeFacts, archive_type, delete_type_if_unused, save_type
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, TypeOfferFactory

FACTS = TypeFacts(
    name="Intake", duration_minutes=90, rate=Decimal("180.00"), modalities=("in_person", "telehealth")
)


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))


class TestSaving:
    def test_a_new_type_says_what_the_form_said(self, provider, admin_user, actor):
        saved = save_type(None, replace(FACTS, provider_ids=(provider.pk,)), by=actor(admin_user))

        row = AppointmentType.objects.get()
        assert saved.type == row
        assert (row.name, row.duration_minutes, row.rate, row.modalities, row.edition) == (
            "Intake",
            90,
            Decimal("180.00"),
            ["in_person", "telehealth"],
            1,
        )
        assert list(row.offers.values_list("provider", flat=True)) == [provider.pk]
        assert acts() == ["type.added", "type.offered"]

    def test_a_changed_type_raises_its_edition_and_leaves_visits_alone(self, admin_user, actor):
        visit = AppointmentFactory(type=AppointmentTypeFactory(name="Intake"))

        save_type(visit.type_id, FACTS, by=actor(admin_user), edition=1)

        row = AppointmentType.objects.get()
        assert (row.duration_minutes, row.edition) == (90, 2)
        ends_at = visit.ends_at
        visit.refresh_from_db()
        assert visit.ends_at == ends_at
        entry = AuditEntry.objects.get()
        assert (entry.act, entry.before["duration_minutes"], entry.after["duration_minutes"]) == (
            "type.changed",
            50,
            90,
        )

    def test_who_keeps_offering_it_keeps_an_own_length(self, provider, colleague, admin_user, actor):
        own = TypeOfferFactory(provider=provider, duration_minutes=75)
        TypeOfferFactory(type=own.type, provider=colleague)

        save_type(own.type_id, replace(FACTS, provider_ids=(provider.pk,)), by=actor(admin_user))

        assert list(TypeOffer.objects.values_list("pk", "duration_minutes")) == [(own.pk, 75)]
        offered = AuditEntry.objects.get(act="type.offered")
        assert (offered.before, offered.after) == (
            {"providers": [provider.pk, colleague.pk]},
            {"providers": [provider.pk]},
        )

    @pytest.mark.parametrize("name", ["Intake", "INTAKE"])
    def test_a_second_name_is_refused_by_the_database_in_words(self, practice, admin_user, actor, name):
        AppointmentTypeFactory(name="Intake")

        with pytest.raises(Refusal) as refused:
            save_type(None, replace(FACTS, name=name), by=actor(admin_user))

        assert (refused.value.field, refused.value.message) == (
            "name",
            f"There is already a type called {name}.",
        )
        assert not Change.objects.exists()
        assert acts() == ["type.save.refused"]

    def test_an_old_copy_is_refused(self, practice, admin_user, actor):
        row = AppointmentTypeFactory(edition=2)

        with pytest.raises(StaleEdit):
            save_type(row.pk, FACTS, by=actor(admin_user), edition=1)

        row.refresh_from_db()
        assert row.edition == 2

    def test_pressing_twice_saves_once(self, practice, admin_user, actor):
        press = {"by": actor(admin_user), "change_id": uuid.uuid4()}

        first, second = (save_type(None, FACTS, **press) for _ in range(2))

        assert (first.repeated, second.repeated, second.type) == (False, True, first.type)
        with pytest.raises(AlreadyUsed):
            save_type(None, replace(FACTS, name="Other"), **press)

    def test_one_that_is_gone_says_so(self, practice, admin_user, actor):
        with pytest.raises(Refusal, match="no longer exists"):
            save_type(404, FACTS, by=actor(admin_user))


class TestArchiving:
    def test_archived_and_offered_again(self, practice, admin_user, actor):
        row = AppointmentTypeFactory()

        archived = archive_type(row.pk, by=actor(admin_user), edition=1).type
        again = archive_type(row.pk, active=True, by=actor(admin_user), edition=2).type

        assert (archived.is_active, again.is_active, again.edition) == (False, True, 3)
        assert acts() == ["type.archived", "type.restored"]

    def test_pressing_twice_archives_once(self, practice, admin_user, actor):
        row, press = AppointmentTypeFactory(), {"by": actor(admin_user), "change_id": uuid.uuid4()}

        first, second = (archive_type(row.pk, **press, edition=1) for _ in range(2))

        assert (first.repeated, second.repeated, second.type.edition) == (False, True, 2)


class TestDeleting:
    def test_one_never_used_goes_with_its_offers(self, provider, admin_user, actor):
        row = TypeOfferFactory(provider=provider).type

        delete_type_if_unused(row.pk, by=actor(admin_user), edition=1)

        assert not AppointmentType.objects.exists()
        assert not TypeOffer.objects.exists()
        assert acts() == ["type.deleted"]

    def test_one_with_a_visit_stays(self, practice, admin_user, actor):
        row = AppointmentFactory().type

        with pytest.raises(Refusal) as refused:
            delete_type_if_unused(row.pk, by=actor(admin_user))

        assert refused.value.remedy == "Archive it instead."
        assert AppointmentType.objects.get() == row

    def test_pressing_twice_deletes_once(self, practice, admin_user, actor):
        row, press = AppointmentTypeFactory(), {"by": actor(admin_user), "change_id": uuid.uuid4()}

        first, second = (delete_type_if_unused(row.pk, **press) for _ in range(2))

        assert (first.repeated, second.repeated, second.type) == (False, True, None)


@pytest.mark.parametrize("who", ["front_desk", "biller", "provider"])
@pytest.mark.parametrize(
    "act",
    [
        lambda pk, by: save_type(pk, FACTS, by=by),
        lambda pk, by: save_type(None, FACTS, by=by),
        lambda pk, by: archive_type(pk, by=by),
        lambda pk, by: delete_type_if_unused(pk, by=by),
    ],
    ids=["change", "add", "archive", "delete"],
)
def test_nobody_but_an_admin_may(request, actor, who, act):
    by = actor(request.getfixturevalue(who))
    row = AppointmentTypeFactory(name="Before")

    with pytest.raises(NotAllowed):
        act(row.pk, by)

    assert list(AppointmentType.objects.values_list("name", "is_active")) == [("Before", True)]


def test_another_refusal_of_the_database_is_loud(practice, admin_user, actor):
    with pytest.raises(Exception, match="scheduling_type_duration"), transaction.atomic():
        save_type(None, replace(FACTS, duration_minutes=1), by=actor(admin_user))
    assert connection.is_usable()
