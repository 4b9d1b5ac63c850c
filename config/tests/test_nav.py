"""The top bar shows the places that exist, to those who may go there."""

import re

import pytest
from django.urls import reverse

HERE = "practice:client-list"


def places(page: str) -> list[str]:
    bar = re.search(r'<nav id="places".*?</nav>', page, re.DOTALL)
    return re.findall(r"<a [^>]*>([^<]+)<", bar[0]) if bar else []


DESK = ["Calendar", "Openings", "Clients", "Groups", "Waitlist", "Messages", "Time off"]


def test_places_by_role(signed_in, front_desk, biller, admin_user):
    people = (front_desk, biller, admin_user)
    seen = [places(signed_in(who).get(reverse(HERE)).content.decode()) for who in people]

    assert seen[0] == DESK
    assert "Time off" not in seen[1]
    assert seen[2] == [*DESK, "Settings"]


@pytest.mark.parametrize("rehearsal", [True, False])
def test_rehearsal_stands_in_ones_own_menu_while_it_is_on(signed_in, front_desk, settings, rehearsal):
    settings.REHEARSAL = rehearsal

    page = signed_in(front_desk).get(reverse(HERE)).content.decode()

    assert (">Rehearsal<" in page) is rehearsal


def test_where_one_is_is_marked_and_admins_find_the_trail(signed_in, front_desk, admin_user):
    desk, admin = (signed_in(who).get(reverse(HERE)).content.decode() for who in (front_desk, admin_user))

    assert re.findall(r'aria-current="page">([^<]+)<', desk) == ["Clients"]
    assert [reverse("practice:audit-list") in page for page in (desk, admin)] == [False, True]


def test_the_door_knows_the_practices_name_before_and_after_set_up(client, db):
    assert client.get("/accounts/login/").status_code == 200


def test_the_favicon_is_for_everybody(client, db):
    assert client.get("/favicon.ico")["Location"] == "/static/favicon.svg"
