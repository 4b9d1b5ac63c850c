import uuid

import pytest
from django.urls import reverse

from practice.tests.factories import RoomFactory
from scheduling.models import AppointmentType
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, TypeOfferFactory

LIST, ADD = "scheduling:type-list", "scheduling:type-add"


def form_of(**said) -> dict:
    return {
        "change_id": str(uuid.uuid4()),
        "edition": "",
        "name": "Intake",
        "category": "individual",
        "hue": "indigo",
        "icon": "clipboard-list",
        "duration_minutes": "1h30",
        "buffer_before_minutes": "0",
        "buffer_after_minutes": "15",
        "modalities": ["in_person"],
        "is_billable": "on",
    } | said


def edit(row) -> str:
    return reverse("scheduling:type-edit", args=[row.pk])


@pytest.fixture
def browser(signed_in, admin_user):
    return signed_in(admin_user)


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin_user", 200), ("front_desk", 403), ("biller", 403), ("provider", 403)],
)
@pytest.mark.parametrize("page", ["list", "add", "edit"])
def test_only_admins_read_the_settings(request, signed_in, who, status, page):
    browser = signed_in(request.getfixturevalue(who))
    row = AppointmentTypeFactory(name="Velvet Hour", description="Deep blue")
    address = {"list": reverse(LIST), "add": reverse(ADD), "edit": edit(row)}[page]

    answer = browser.get(address)

    assert answer.status_code == status
    assert ("Velvet Hour" in answer.content.decode()) == (status == 200)


@pytest.mark.parametrize("who", ["front_desk", "biller", "provider"])
@pytest.mark.parametrize("act", ["add", "edit", "archive", "delete"])
def test_only_admins_change_them(request, signed_in, who, act):
    browser = signed_in(request.getfixturevalue(who))
    row = AppointmentTypeFactory(name="Before")
    args = [] if act == "add" else [row.pk]

    answer = browser.post(reverse(f"scheduling:type-{act}", args=args), form_of())

    assert answer.status_code == 403
    assert list(AppointmentType.objects.values_list("name", "is_active")) == [("Before", True)]


def test_nobody_gets_in_without_signing_in(practice, client):
    answer = client.get(reverse(LIST))

    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


def test_a_new_type_is_saved_and_shown(browser, provider):
    answer = browser.post(reverse(ADD), form_of(provider_ids=[provider.pk]), follow=True)

    row = AppointmentType.objects.get()
    assert (row.name, row.duration_minutes, row.hue, list(row.offers.values_list("provider", flat=True))) == (
        "Intake",
        90,
        "indigo",
        [provider.pk],
    )
    assert answer.redirect_chain == [(edit(row), 302)]
    assert "Intake is saved." in answer.content.decode()


def test_pressing_twice_saves_once(browser):
    posted = form_of()

    first, second = (browser.post(reverse(ADD), posted) for _ in range(2))

    row = AppointmentType.objects.get()
    assert [first["Location"], second["Location"]] == [edit(row)] * 2


def test_saving_again_after_an_old_copy_replaces_what_was_there(browser):
    row = AppointmentTypeFactory(name="Theirs", edition=2)

    browser.post(edit(row), form_of(name="Mine", edition=2))

    assert AppointmentType.objects.values_list("name", "edition").get() == ("Mine", 3)


def test_a_second_press_on_one_deleted_since_goes_to_the_list(browser):
    posted = form_of()
    browser.post(reverse(ADD), posted)
    AppointmentType.objects.all().delete()

    assert browser.post(reverse(ADD), posted)["Location"] == reverse(LIST)


def test_a_name_that_is_taken_keeps_what_was_typed(browser):
    AppointmentTypeFactory(name="Intake")

    answer = browser.post(reverse(ADD), form_of(name="intake", description="First meeting", rate="180"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert AppointmentType.objects.count() == 1
    assert "There is already a type called intake." in page
    for kept in ('value="intake"', "First meeting", 'value="1h30"', 'value="180"'):
        assert kept in page


def test_a_form_that_came_back_with_other_content_gets_a_fresh_id(browser):
    posted = form_of()
    browser.post(reverse(ADD), posted)

    answer = browser.post(reverse(ADD), posted | {"name": "Another"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "already used" in page
    assert posted["change_id"] not in page
    assert 'value="Another"' in page


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "id_name"),
        ({"duration_minutes": "4"}, "id_duration_minutes"),
        ({"duration_minutes": "soon"}, "id_duration_minutes"),
        ({"buffer_after_minutes": "121"}, "id_buffer_after_minutes"),
        ({"modalities": []}, "id_modalities"),
        ({"hue": "beige"}, "id_hue"),
        ({"icon": "../../secret"}, "id_icon"),
        ({"rate": "-1"}, "id_rate"),
    ],
)
def test_what_is_wrong_is_named_beside_its_field(browser, said, field):
    answer = browser.post(reverse(ADD), form_of(**said))

    assert answer.status_code == 422
    assert f'id="{field}_error"' in answer.content.decode()
    assert not AppointmentType.objects.exists()


def test_an_old_copy_is_refused_and_shows_what_the_type_says_now(browser):
    row = AppointmentTypeFactory(
        name="Theirs", edition=2, hue="rose", modalities=["phone", "telehealth"], online_booking=True
    )
    mine = form_of(name="Mine", edition=1)

    refused = browser.post(edit(row), mine)
    page = refused.content.decode()

    assert refused.status_code == 409
    assert "Somebody changed this type" in page
    assert "<dt>Name</dt><dd>Theirs</dd>" in page
    assert "<dt>Colour</dt><dd>Rose</dd>" in page
    assert "<dt>How</dt><dd>Phone, Telehealth</dd>" in page
    assert "<dt>Clients may book it online</dt><dd>yes</dd>" in page
    assert 'value="Mine"' in page
    assert 'name="edition" value="2"' in page


def test_htmx_gets_the_part_and_everybody_else_the_page(browser):
    row = AppointmentTypeFactory()

    part = browser.get(edit(row), headers={"HX-Request": "true", "HX-Target": "types"}).content.decode()
    page = browser.get(edit(row)).content.decode()

    assert "<html" not in part
    assert f"<title>{row.name} · Stillwater</title>" in part
    assert part.split("</title>")[1].splitlines()[0] in page
    assert page.count("<title>") == page.count("<html") == 1


def test_archived_and_offered_again(browser):
    row = AppointmentTypeFactory(name="Intake")
    address = reverse("scheduling:type-archive", args=[row.pk])

    browser.post(address, {"change_id": uuid.uuid4(), "edition": 1})
    archived = AppointmentType.objects.get().is_active
    browser.post(address, {"change_id": uuid.uuid4(), "edition": 2, "active": "1"})

    assert (archived, AppointmentType.objects.get().is_active) == (False, True)


def test_delete_is_there_only_for_one_never_used(browser):
    used, unused = AppointmentFactory().type, AppointmentTypeFactory()
    address = "scheduling:type-delete"

    pages = [browser.get(edit(row)).content.decode() for row in (used, unused)]
    refused = browser.post(reverse(address, args=[used.pk]), {"change_id": uuid.uuid4(), "edition": 1})
    gone = [
        browser.post(reverse(address, args=[unused.pk]), {"change_id": uuid.uuid4(), "edition": 1})
        for _ in range(2)
    ]

    assert ["Delete</" in page for page in pages] == [False, True]
    assert refused.status_code == 409
    assert "Archive it instead." in refused.content.decode()
    assert [answer["Location"] for answer in gone] == [reverse(LIST)] * 2
    assert AppointmentType.objects.get() == used


def test_a_button_without_its_id_says_try_again(browser):
    row = AppointmentTypeFactory()

    answer = browser.post(reverse("scheduling:type-archive", args=[row.pk]), {})

    assert answer.status_code == 422
    assert "out of date" in answer.content.decode()


def test_rooms_say_what_a_type_can_ask_for(browser):
    RoomFactory(equipment=["play corner"])
    row = AppointmentTypeFactory(room_needs=["two-way mirror"])

    page = browser.get(edit(row)).content.decode()

    assert [word in page for word in ("Play corner", "Two-way mirror")] == [True, True]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_much_for_three_types_as_for_one(browser, rows, django_assert_num_queries):
    for _ in range(rows):
        TypeOfferFactory()
    browser.get(reverse(LIST))

    with django_assert_num_queries(3):  # user, active, archived
        browser.get(reverse(LIST))
