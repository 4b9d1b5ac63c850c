"""Signing in: lockout, second factor, idle time, and doors that stay closed."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from core.middleware import LAST_ACT
from practice.models import User
from practice.states import Role

PASSWORD = "quiet-water-runs-deep"
SIGN_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _fresh_counts(db):
    cache.clear()


@pytest.fixture
def person(practice) -> User:
    return User.objects.create_user("Fran@Example.org", "Fran Desk", PASSWORD, roles=[Role.FRONT_DESK])


def try_with(browser, password: str, email: str = "fran@example.org"):
    return browser.post(SIGN_IN, {"login": email, "password": password})


def test_right_password_opens_and_is_kept_by_argon2(client, person):
    answer = try_with(client, PASSWORD)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert person.password.startswith("argon2")


def test_wrong_password_keeps_the_email(client, person):
    answer = try_with(client, "wrong")

    page = answer.content.decode()
    assert (answer.status_code, 'value="fran@example.org"' in page, "wrong" in page) == (200, True, False)


def test_six_failures_lock_this_email_from_this_address_only(client, person):
    answers = [try_with(client, "wrong").status_code for _ in range(6)]

    locked = try_with(client, PASSWORD)

    assert answers[:5] == [200] * 5
    assert (locked.status_code, "Too many tries" in locked.content.decode()) == (429, True)
    other = client.post(SIGN_IN, {"login": "fran@example.org", "password": PASSWORD}, REMOTE_ADDR="10.9.8.7")
    assert other.status_code == 302


def test_somebody_else_at_the_same_address_still_gets_in(client, person):
    User.objects.create_user("bill@example.org", "Bill", PASSWORD, roles=[Role.BILLING])
    for _ in range(7):
        try_with(client, "wrong")

    assert try_with(client, PASSWORD, "bill@example.org").status_code == 302


def test_capital_letters_do_not_give_new_tries(client, person):
    for email in ["fran@example.org", "FRAN@example.org", "Fran@Example.org"] * 2:
        try_with(client, "wrong", email)

    assert try_with(client, PASSWORD).status_code == 429


def test_nobody_signs_up(client, practice):
    assert "password1" not in client.get("/accounts/signup/").content.decode()
    form = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form)

    assert not User.objects.filter(email="new@example.org").exists()


def test_password_reset_never_says_who_has_an_account(client, person):
    url = reverse("account_reset_password")

    known, unknown = (
        client.post(url, {"email": email}) for email in ("fran@example.org", "nobody@example.org")
    )

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert {address for message in mail.outbox for address in message.to} <= {
        "fran@example.org",
        "nobody@example.org",
    }


def test_cookies_are_closed_to_scripts_and_other_sites(client, person):
    try_with(client, PASSWORD)

    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_idle_people_are_signed_out_and_acts_keep_them_in(signed_in, front_desk, settings):
    browser = signed_in(front_desk)
    browser.get(reverse("practice:client-list"))
    session = browser.session
    session[LAST_ACT] = time.time() - settings.IDLE_SECONDS + 5
    session.save()

    assert browser.post(reverse("practice:stay")).status_code == 204
    assert time.time() - browser.session[LAST_ACT] < 5

    session = browser.session
    session[LAST_ACT] = time.time() - settings.IDLE_SECONDS - 1
    session.save()
    gone = browser.get(reverse("practice:client-list"))
    assert (gone.status_code, gone["Location"].split("?")[0]) == (302, SIGN_IN)


def test_a_part_asked_for_without_a_session_sends_the_whole_page_to_sign_in(client, practice):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/clients/?q=a"}

    answer = client.post(reverse("practice:client-find"), headers=headers)

    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/login/?next=%2Fclients%2F%3Fq%3Da")


def test_an_admin_without_second_factor_gets_no_further(signed_in, admin_user, settings):
    settings.MFA_REQUIRED_FOR_ADMINS = True
    browser = signed_in(admin_user)

    answers = [
        browser.get(url)
        for url in ("/admin/", reverse("practice:client-list"), reverse("account_change_password"))
    ]
    part = browser.post(reverse("practice:client-find"), headers={"HX-Request": "true"})

    setup = reverse("mfa_activate_totp")
    assert [(a.status_code, a["Location"]) for a in answers] == [(302, setup)] * 3
    assert (part.status_code, part["HX-Redirect"]) == (204, setup)
    assert browser.get(setup).status_code in (200, 302)


def test_an_admin_with_second_factor_and_others_without_work_on(signed_in, admin_user, front_desk, settings):
    settings.MFA_REQUIRED_FOR_ADMINS = True
    TOTP.activate(admin_user, generate_totp_secret())

    assert signed_in(admin_user).get("/admin/").status_code == 200
    assert signed_in(front_desk).get(reverse("practice:client-list")).status_code == 200
    assert Authenticator.objects.count() == 1


def test_an_inactive_account_opens_nothing(client, person):
    User.objects.update(is_active=False)

    try_with(client, PASSWORD)

    assert client.get(reverse("practice:client-list")).status_code == 302


def test_the_admin_has_one_door_with_the_rest(client, practice):
    answer = client.get("/admin/login/?next=/admin/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2F")


def test_only_admins_enter_the_django_admin(signed_in, admin_user, front_desk, provider):
    inside = signed_in(admin_user).get("/admin/practice/client/")

    assert inside.status_code == 200
    assert [signed_in(who).get("/admin/").status_code for who in (front_desk, provider)] == [302, 302]
    assert signed_in(front_desk).get("/admin/", follow=True).status_code == 403
