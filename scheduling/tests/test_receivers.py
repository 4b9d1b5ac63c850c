import datetime as dt

import pytest

from availability import operations as hours
from scheduling.models import ProviderDay
from scheduling.operations import undo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FRIDAY = dt.date(2026, 11, 27)


def raised() -> dict:
    return dict(ProviderDay.objects.filter(on=FRIDAY).values_list("provider", "n"))


def test_an_exception_is_drawn_on_open_calendars_and_its_undo_too(clinic, actor, admin_user):
    by = actor(admin_user)
    day = {"kind": "absent", "starts_at": dt.time(12), "ends_at": dt.time(13)}

    acted = hours.add_exception(clinic.provider.pk, on=FRIDAY, by=by, **day)
    assert raised() == {clinic.provider.pk: 1}

    undo(acted.change.pk, by=by)
    assert raised() == {clinic.provider.pk: 2}
    assert not clinic.provider.exceptions.exists()


def test_a_closure_is_drawn_for_everybody(clinic, actor, admin_user):
    hours.add_closure(first_on=FRIDAY, last_on=FRIDAY, reason="Holiday", by=actor(admin_user))

    assert raised() == {clinic.provider.pk: 1, clinic.colleague.pk: 1}
