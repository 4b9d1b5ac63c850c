import datetime as dt

import pytest
from django.urls import reverse

from availability.models import Closure, DatedException, WeeklyBlock
from availability.tests.factories import ClosureFactory, DatedExceptionFactory, WeeklyBlockFactory
from practice.models import AuditEntry
from practice.tests.factories import LocationFactory

BLOCK = {
    "weekday": 0,
    "starts_at": "09:00",
    "ends_at": "12:00",
    "telehealth_ok": "on",
    "effective_from_on": "2026-11-23",
    "every_weeks": 1,
}


@pytest.fixture
def admin_browser(signed_in, admin_user):
    return signed_in(admin_user)


def test_a_block_is_added_and_changed_through_the_operation(admin_browser, provider):
    admin_browser.post(reverse("admin:availability_weeklyblock_add"), BLOCK | {"provider": provider.pk})
    row = WeeklyBlock.objects.get()
    change = reverse("admin:availability_weeklyblock_change", args=[row.pk])
    admin_browser.post(change, BLOCK | {"provider": provider.pk, "ends_at": "11:00"})

    row.refresh_from_db()
    assert row.ends_at == dt.time(11)
    acts = AuditEntry.objects.order_by("pk").values_list("act", "via")
    assert list(acts) == [("hours.added", "admin"), ("hours.changed", "admin")]


def test_an_overlapping_block_is_refused_in_words(admin_browser, provider):
    WeeklyBlockFactory(provider=provider)

    answer = admin_browser.post(
        reverse("admin:availability_weeklyblock_add"), BLOCK | {"provider": provider.pk}, follow=True
    )

    assert "Monday 9:00 AM to 5:00 PM" in answer.content.decode()
    assert WeeklyBlock.objects.count() == 1


def test_an_exception_and_a_closure_are_added(admin_browser, provider):
    admin_browser.post(
        reverse("admin:availability_datedexception_add"),
        {
            "provider": provider.pk,
            "on": "2026-11-23",
            "kind": "absent",
            "starts_at": "12:00",
            "ends_at": "13:00",
        },
    )
    admin_browser.post(
        reverse("admin:availability_closure_add"),
        {"first_on": "2026-11-26", "last_on": "2026-11-27", "reason": "Thanksgiving"},
    )

    assert DatedException.objects.values_list("provider", "kind").get() == (provider.pk, "absent")
    assert Closure.objects.values_list("reason", "location").get() == ("Thanksgiving", None)
    assert AuditEntry.objects.filter(act__in=["exception.added", "closure.added"]).count() == 2


@pytest.mark.parametrize("factory", [WeeklyBlockFactory, DatedExceptionFactory, ClosureFactory])
def test_rows_are_taken_away_one_by_one_and_by_selection(admin_browser, practice, factory):
    rows = [factory() for _ in range(3)]
    model = type(rows[0])
    name = f"admin:availability_{model._meta.model_name}"

    admin_browser.post(reverse(f"{name}_delete", args=[rows[0].pk]), {"post": "yes"})
    admin_browser.post(
        reverse(f"{name}_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk for row in rows[1:]], "post": "yes"},
    )

    assert not model.objects.exists()
    assert AuditEntry.objects.filter(act__endswith=".removed").count() == 3


@pytest.mark.parametrize("who", ["front_desk", "biller", "provider"])
def test_nobody_but_an_admin_gets_in(request, signed_in, who):
    browser = signed_in(request.getfixturevalue(who))
    WeeklyBlockFactory(location=LocationFactory(name="Hidden Harbour"))

    answer = browser.get(reverse("admin:availability_weeklyblock_changelist"))

    assert answer.status_code in (302, 403)
    assert b"Hidden Harbour" not in answer.content
