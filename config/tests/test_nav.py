"""The top bar shows the places that exist, to those who may go there."""

import re

import pytest
from django.urls import reverse

HERE = "practice:client-list"


def places(page: str) -> list[str]:
    bar = re.search(r'<nav id="places".*?</nav>', page, re.DOTALL)
    return re.findall(r"<a [^>]*>([^<]+)<", bar[0]) if bar else []


@pytest.mark.parametrize(
    ("rehearsal", "desk", "admin"),
    [
        (
            True,
            ["Calendar", "Openings", "Clients", "Groups", "Waitlist", "Messages", "Rehearsal"],
            ["Calendar", "Openings", "Clients", "Groups", "Waitlist", "Messages", "Rehearsal", "Settings"],
        ),
        (
            False,
            ["Calendar", "Openings", "Clients", "Groups", "Waitlist", "Messages"],
            ["Calendar", "Openings", "Clients", "Groups", "Waitlist", "Messages", "Settings"],
        ),
    ],
)
def test_places_by_role_and_switch(signed_in, front_desk, admin_user, settings, rehearsal, desk, admin):
    settings.REHEARSAL = rehearsal

    seen = [places(signed_in(who).get(reverse(HERE)).content.decode()) for who in (front_desk, admin_user)]

    assert seen == [desk, admin]


def test_where_one_is_is_marked_and_admins_find_the_trail(signed_in, front_desk, admin_user):
    desk, admin = (signed_in(who).get(reverse(HERE)).content.decode() for who in (front_desk, admin_user))

    assert re.findall(r'aria-current="page">([^<]+)<', desk) == ["Clients"]
    assert [reverse("practice:audit-list") in page for page in (desk, admin)] == [False, True]


def test_the_door_knows_the_practices_name_before_and_after_set_up(client, db):
    assert client.get("/accounts/login/").status_code == 200


def test_the_favicon_is_for_everybody(client, db):
    assert client.get("/favicon.ico")["Location"] == "/static/favicon.svg"
