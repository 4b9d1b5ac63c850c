"""The Django admin: every list and page opens, read-only stays read-only, acts are audited, nothing secret shows."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from practice.models import AuditEntry, Client, Location, User
from practice.states import Role
from practice.tests.factories import (
    AddressFactory,
    AuditEntryFactory,
    AuthorizationFactory,
    ChangeFactory,
    ClientContactFactory,
    RoomFactory,
)

OURS = ("practice", "scheduling")
MODELS = sorted((m for m in admin.site._registry if m._meta.app_label in OURS), key=lambda m: m._meta.label)


def listing(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row, act: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{act}", args=[row.pk])


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_every_list_opens_and_searches(signed_in, admin_user, regular, model):
    answer = signed_in(admin_user).get(
        listing(model), {"q": "1"} if admin.site._registry[model].search_fields else {}
    )

    assert answer.status_code == 200


def test_every_page_opens(signed_in, admin_user, practice, provider, regular):
    rows = [practice, provider, regular, admin_user, RoomFactory(), ClientContactFactory(client=regular)]
    rows += [AuthorizationFactory(client=regular).client, ChangeFactory(), AuditEntryFactory()]
    browser = signed_in(admin_user)

    assert [browser.get(page_of(row)).status_code for row in rows] == [200] * len(rows)


def test_the_trail_can_be_read_but_never_changed(signed_in, admin_user):
    browser = signed_in(admin_user)
    for row in (ChangeFactory(), AuditEntryFactory()):
        answers = [browser.post(page_of(row), {}), browser.post(page_of(row, "delete"), {"post": "yes"})]
        assert [answer.status_code for answer in answers] == [403, 403]


def test_encrypted_words_are_not_on_the_page(signed_in, admin_user, regular):
    contact = ClientContactFactory(client=regular, custody_note="Court order of May")
    change = ChangeFactory(texts={"note": "A former note"})
    browser = signed_in(admin_user)

    pages = [browser.get(page_of(row)).content.decode() for row in (contact, change)]

    assert [word in "".join(pages) for word in ("Court order", "former note", "custody")] == [False] * 3


def test_a_change_in_the_admin_is_a_line_of_the_trail_and_nowhere_else(signed_in, admin_user):
    place = Location.objects.create(name="Riverside")
    rooms = {"rooms-TOTAL_FORMS": "0", "rooms-INITIAL_FORMS": "0"}

    answer = signed_in(admin_user).post(
        page_of(place), {"name": "Riverside West", "is_active": "on", **rooms}
    )

    assert answer.status_code == 302
    line = AuditEntry.objects.get(act="location.changed")
    assert (line.subject_id, line.actor_id, line.via, line.after) == (
        place.pk,
        admin_user.pk,
        "admin",
        {"fields": ["Name"]},
    )
    assert not LogEntry.objects.exists()


def test_looking_at_a_client_in_the_admin_is_recorded(signed_in, admin_user, regular):
    signed_in(admin_user).get(page_of(regular))

    assert AuditEntry.objects.filter(act="client.viewed", subject_id=regular.pk, via="admin").count() == 1


def test_an_admin_makes_an_account_with_a_role(signed_in, admin_user, provider):
    words = {
        "password1": "quiet-water-runs-deep",
        "password2": "quiet-water-runs-deep",
        "usable_password": "true",
    }
    person = {"email": "Lou@Example.org", "name": "Lou Penn", "roles": [Role.BILLING]}

    answer = signed_in(admin_user).post(reverse("admin:practice_user_add"), person | words)

    assert answer.status_code == 302
    made = User.objects.get(email="lou@example.org")
    assert (made.roles, made.is_staff, made.check_password("quiet-water-runs-deep")) == (
        ["billing"],
        False,
        True,
    )


def test_accounts_and_clients_are_never_deleted_by_hand(signed_in, admin_user, front_desk, regular):
    browser = signed_in(admin_user)

    answers = [browser.post(page_of(row, "delete"), {"post": "yes"}) for row in (front_desk, regular)]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_lost_phone_is_helped_and_its_secret_never_readable(signed_in, admin_user, front_desk):
    secret = generate_totp_secret()
    TOTP.activate(front_desk, secret)
    assert secret not in str(Authenticator.objects.get().data)
    browser = signed_in(admin_user)

    assert browser.get("/admin/mfa/authenticator/").status_code == 404
    browser.post(listing(User), {"action": "remove_second_factor", "_selected_action": [front_desk.pk]})

    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.get(act="user.second_factor_removed").subject_id == front_desk.pk


def test_times_are_the_practices(signed_in, admin_user):
    AuditEntryFactory(at=dt.datetime(2026, 7, 1, 16, 30, tzinfo=dt.UTC))

    assert "July 1, 2026, 12:30 p.m." in signed_in(admin_user).get(listing(AuditEntry)).content.decode()


@pytest.mark.parametrize(("asked", "rows"), [("r-regular", 1), ("Rita", 0), ("2025550117", 0)])
def test_clients_are_searched_by_number_only(signed_in, admin_user, regular, asked, rows):
    AddressFactory(client=regular, value="+12025550117")

    page = signed_in(admin_user).get(listing(Client), {"q": asked}).content.decode()

    assert page.count("Rita Regular") == rows
