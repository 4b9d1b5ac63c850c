import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from availability.tests.factories import DatedExceptionFactory
from core import clock
from practice.models import AuditEntry
from practice.tests.factories import ClientFactory, LocationFactory, ProviderFactory
from scheduling import operations
from scheduling.operations.locking import raise_days
from scheduling.queries.versions import day_version
from scheduling.states import Category
from scheduling.tests.conftest import NEW_YORK, NOW, at
from scheduling.tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    AttendanceFactory,
    SeriesFactory,
)

TODAY, TOMORROW = dt.date(2026, 11, 24), dt.date(2026, 11, 25)


def visit_of(clinic, who=None, hour=11, minute=0, **facts):
    facts = {"provider": clinic.provider, "type": clinic.type, "starts_at": at(hour, minute)} | facts
    person = {
        name: facts.pop(name) for name in list(facts) if name.startswith(("contact", "confirmed", "arrived"))
    }
    state = facts.pop("person_state", "expected")
    row = AppointmentFactory(**facts)
    for client in who if isinstance(who, list) else [who or clinic.regular]:
        AttendanceFactory(appointment=row, client=client, state=state, **person)
    return row


def confirmed():
    return {"confirmed_at": at(9, day=22), "confirmed_by_kind": "client", "confirmed_how": "sms"}


def tile(html, visit):
    """The markup of one tile, without the surrounding blanks of its lines."""
    found = re.search(rf'<a class="tile[^>]*id="visit-{visit.public_id}".*?</a>', html, re.DOTALL)
    return found and re.sub(r"\s+", " ", found[0])


@pytest.fixture
def page(now, clinic, signed_in, front_desk):
    """`page(on=…, view=…)`: the calendar's markup as the front desk sees it, tomorrow unless said otherwise."""

    def get(who=front_desk, **query):
        response = signed_in(who).get("/calendar/", {"on": TOMORROW.isoformat()} | query)
        assert response.status_code == 200
        return response.content.decode()

    return get


def test_home_is_the_calendar(now, practice, signed_in, front_desk):
    response = signed_in(front_desk).get("/")

    assert (response.status_code, response["Location"]) == (302, "/calendar/")


def test_without_a_date_it_is_today(page):
    assert 'data-on="2026-11-24"' in page(on="")


def test_a_tile_says_who_when_what_and_how_it_stands(page, clinic):
    visit = visit_of(clinic, contact_state="delivered", **confirmed())

    drawn = tile(page(), visit)

    assert "Rita Regular" in drawn
    assert "11:00–11:50" in drawn
    assert "tile--confirmed" in drawn
    assert "at-36 for-10" in drawn
    spoken = "Wednesday, November 25. with Dr. Maya Smith. Confirmed. Reminder delivered."
    assert spoken in drawn
    assert 'data-start="660" data-minutes="50" data-movable="true"' in drawn


def test_forms_of_the_tile_follow_the_status(page, clinic):
    visits = {
        "scheduled": visit_of(clinic, hour=8),
        "checked-in": visit_of(clinic, hour=10, person_state="arrived", arrived_at=at(9, 50)),
        "in-session": visit_of(clinic, hour=12, state="in_session", person_state="arrived"),
        "completed": visit_of(clinic, hour=14, state="completed", person_state="attended"),
        "no-show": visit_of(clinic, hour=16, person_state="absent"),
    }

    html = page()

    looks = {name: re.search(r"tile--([a-z-]+)", tile(html, visit))[1] for name, visit in visits.items()}
    assert looks == {name: name for name in visits}
    words = {
        name: re.findall(r"tile__word[^>]*>([^<]*)<", tile(html, visit)) for name, visit in visits.items()
    }
    assert words == {
        "scheduled": [],
        "checked-in": ["here"],
        "in-session": ["in session"],
        "completed": ["done"],
        "no-show": ["did not come"],
    }


def test_a_hold_names_whom_and_its_deadline(page, clinic):
    held = visit_of(clinic, [], hour=13, state="held", hold_until=at(11, 52), source="waitlist")

    drawn = tile(page(), held)

    assert "Held for waitlist" in drawn
    assert "until 11:52" in drawn


def test_a_hold_for_nobody_in_particular_says_who_keeps_it(page, wish, actor, front_desk):
    plain = wish(14, client_ids=())
    held = operations.hold(plain, until=NOW + dt.timedelta(minutes=10), by=actor(front_desk)).appointment

    drawn = tile(page(), held)

    assert f"Held by {front_desk.name}" in drawn
    assert "until Nov 24, 10:10" in drawn
    assert "tile--held" in drawn


def test_a_hold_that_ran_out_leaves_the_open_page_by_itself(now, wish, actor, front_desk, signed_in):
    """Nobody wrote anything: the poll notices that a deadline passed, once."""
    plain = wish(14, client_ids=())
    held = operations.hold(plain, until=NOW + dt.timedelta(minutes=10), by=actor(front_desk)).appointment
    browser = signed_in(front_desk)
    version = _version(browser)
    query = {"on": "2026-11-25", "v": version}
    with clock.frozen(NOW + dt.timedelta(minutes=9)):
        assert browser.get("/calendar/poll/", query).status_code == 204

    with clock.frozen(NOW + dt.timedelta(minutes=11)):
        drawn = browser.get("/calendar/poll/", query)
        said = re.search(r'data-version="([^"]+)"', drawn.content.decode())[1]
        again = browser.get("/calendar/poll/", query | {"v": said})
        operations.release_expired_holds()
        swept = browser.get("/calendar/poll/", query | {"v": said})

    assert (drawn.status_code, again.status_code, swept.status_code) == (200, 204, 200)
    assert str(held.public_id) not in drawn.content.decode()
    assert said == f"{version}.1"


def test_a_couple_is_joined_and_a_group_counts_its_places(page, clinic):
    dan = ClientFactory(first_name="Dan", last_name="Regular")
    couple = visit_of(clinic, [clinic.regular, dan], hour=9)
    kind = AppointmentTypeFactory(name="Skills", category=Category.GROUP, duration_minutes=90)
    group = visit_of(clinic, [clinic.regular, dan], hour=14, type=kind, title="Anxiety skills", capacity=8)

    html = page()

    assert "Rita &amp; Dan Regular" in tile(html, couple)
    assert "Anxiety skills" in tile(html, group)
    assert "2/8" in tile(html, group)
    assert "Regular" not in tile(html, group)


def test_at_most_three_badges_and_then_a_count(page, clinic):
    visit = visit_of(
        clinic,
        contact_state="failed",
        modality="telehealth",
        series=SeriesFactory(),
        overbooked_provider=True,
    )

    drawn = tile(page(), visit)

    assert drawn.count('class="badge') == 3
    assert "+2" in drawn


def test_cancelled_visits_are_drawn_only_when_asked_for(page, clinic):
    facts = {"cancelled_at": at(9, day=24), "cancel_reason": "weather", "cancelled_by_kind": "user"}
    visit = visit_of(clinic, state="cancelled", person_state="cancelled", **facts)

    assert "Rita Regular" not in page()
    assert "tile--cancelled" in tile(page(cancelled="1"), visit)
    assert "Rita Regular" in tile(page(cancelled="1"), visit)


def test_a_hold_that_was_given_up_is_never_drawn(page, clinic):
    visit = visit_of(clinic, state="released")

    assert tile(page(cancelled="1"), visit) is None


def test_a_visit_with_two_providers_stands_in_both_columns_once_by_id(page, clinic):
    visit = visit_of(clinic, co_provider=clinic.colleague)

    html = page()

    assert html.count(f'id="visit-{visit.public_id}"') == 1
    assert html.count(f'data-twin href="/visits/{visit.public_id}/"') == 1


def test_pressing_a_tile_keeps_the_filters_in_the_address(clinic, signed_in, front_desk):
    visit = visit_of(clinic)
    here = f"http://testserver/calendar/?on=2026-11-25&need=unconfirmed&p={clinic.provider.public_id}"

    answer = signed_in(front_desk).get(
        f"/visits/{visit.public_id}/",
        headers={"HX-Request": "true", "HX-Boosted": "true", "HX-Current-URL": here},
    )

    assert answer["HX-Push-Url"] == (
        f"/calendar/?on=2026-11-25&need=unconfirmed&visit={visit.public_id}&p={clinic.provider.public_id}"
    )


def test_overlapping_tiles_share_the_column(page, clinic):
    one = visit_of(clinic)
    other = visit_of(clinic, clinic.other, minute=30, overbooked_provider=True)

    html = page()

    assert "lane-1-of-2" in tile(html, one)
    assert "lane-2-of-2" in tile(html, other)


def test_closed_time_says_why_and_load_counts_open_minutes(page, clinic):
    DatedExceptionFactory(
        provider=clinic.provider,
        on=TOMORROW,
        starts_at=dt.time(12),
        ends_at=dt.time(13),
        reason="Supervision",
    )
    visit_of(clinic, hour=9, type=AppointmentTypeFactory(duration_minutes=54))

    html = page()

    assert '<div class="closed at-48 for-12">Supervision</div>' in html
    assert '<span class="rail__figure">10%<' in html


def test_a_location_draws_time_kept_elsewhere_as_closed(page, clinic):
    hill = LocationFactory(name="Hilltop")
    elsewhere = ProviderFactory(last_name="Elsewhere")
    for block in clinic.provider.weekly_blocks.all():
        block.location = clinic.location
        block.save()

    html = page(location=hill.pk, p=[clinic.provider.public_id])
    all_html = page(location=hill.pk)

    assert "At Riverside" in html
    assert "Maya Smith</h2>" not in all_html
    assert f"{elsewhere.name}</h2>" not in all_html
    assert f"{clinic.colleague.name}</h2>" in all_html


def test_the_day_view_has_one_column(page, clinic):
    html = page(view="day", p=[clinic.colleague.public_id])

    assert re.findall(r'data-provider-name="([^"]*)"', html) == [clinic.colleague.name]


def test_the_counts_of_the_rail_are_of_the_day_shown(page, clinic):
    visit_of(clinic, hour=9)
    visit_of(clinic, hour=11, contact_state="failed", **confirmed())
    past = visit_of(clinic, starts_at=at(8, day=24), **confirmed())

    html = page()
    counts = [int(n) for n in re.findall(r'rail__need.*?rail__figure">(\d+)<', html, re.DOTALL)]
    today = page(on=TODAY.isoformat(), need="outcome")

    assert counts == [1, 1, 0]
    assert "no outcome" in tile(today, past)
    assert "tile--dim" not in tile(today, past)
    assert "tile--dim" in page(need="outcome")


def test_the_current_time_is_a_line_only_today(page):
    assert "data-now-line" in page(on=TODAY.isoformat())
    assert 'data-now-minute="600"' in page(on=TODAY.isoformat())
    assert "data-now-line" not in page()


def test_an_empty_day_says_what_to_do(page):
    assert "Nothing is booked yet." in page()


def test_a_day_without_hours_says_nobody_is_in(page, clinic):
    for block in clinic.provider.weekly_blocks.all() | clinic.colleague.weekly_blocks.all():
        block.delete()

    assert "Nobody is in" in page()


@pytest.mark.parametrize(
    "query",
    [
        {"on": "x"},
        {"view": "x"},
        {"location": "x"},
        {"p": "x"},
        {"p": str(uuid.uuid4())},
        {"visit": "x"},
        {"location": "9" * 8},
    ],
)
def test_nonsense_in_the_address_still_draws_the_calendar(page, query):
    assert 'id="calendar"' in page(**query)


# --- Who sees what ---------------------------------------------------------------------------


@pytest.mark.parametrize("query", [{}, {"cancelled": "1"}, {"view": "day"}])
def test_a_provider_never_sees_a_colleagues_client(page, clinic, provider, stranger, query):
    visit_of(clinic, hour=9)
    hidden = visit_of(clinic, stranger, provider=clinic.colleague, title="Stan's own title")
    query |= {"p": [clinic.provider.public_id, clinic.colleague.public_id], "visit": hidden.public_id}

    html = page(provider, **query)

    assert "Rita Regular" in html
    assert "Stan" not in html
    assert clinic.colleague.name not in html


def test_a_supervisor_sees_the_supervisees_day(page, clinic, provider, stranger):
    clinic.colleague.supervisor = clinic.provider
    clinic.colleague.save()
    visit_of(clinic, stranger, provider=clinic.colleague)

    assert "Stan Stranger" in page(provider)


def test_the_poll_keeps_the_same_silence(now, clinic, signed_in, provider, stranger):
    visit = visit_of(clinic, stranger, provider=clinic.colleague)
    query = {"on": TOMORROW.isoformat(), "v": "-1", "p": clinic.colleague.public_id, "visit": visit.public_id}

    response = signed_in(provider).get("/calendar/poll/", query)

    assert response.status_code == 200
    assert "Stan" not in response.content.decode()


def test_billing_sees_but_moves_nothing(page, clinic, biller):
    visit = visit_of(clinic)

    html = page(biller)

    assert 'data-movable="false"' in tile(html, visit)
    assert 'data-act="new"' not in html


# --- Budgets -----------------------------------------------------------------------------------


def test_the_page_costs_the_same_however_much_is_booked(now, clinic, signed_in, front_desk):
    browser = signed_in(front_desk)
    browser.get("/calendar/?on=2026-11-25")
    visit_of(clinic, hour=8, room=clinic.room)

    one = _queries(lambda: browser.get("/calendar/?on=2026-11-25"))
    for hour, client in [(9, ClientFactory()), (11, ClientFactory())]:
        visit_of(clinic, client, hour=hour, minute=10, provider=clinic.colleague, room=clinic.room)
    three = _queries(lambda: browser.get("/calendar/?on=2026-11-25"))

    assert (one, three) == (11, 11)


def test_an_unchanged_poll_costs_one_query_of_its_own(now, clinic, signed_in, front_desk):
    visit_of(clinic)
    browser = signed_in(front_desk)
    version = _version(browser)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = browser.get("/calendar/poll/", {"on": "2026-11-25", "v": version})

    assert response.status_code == 204
    own = [q["sql"] for q in queries if "practice_user" not in q["sql"]]
    assert len(own) == 1


def _queries(ask):
    with CaptureQueriesContext(connection) as queries:
        ask()
    return len(queries)


def _version(browser, **query):
    html = browser.get("/calendar/", {"on": "2026-11-25"} | query).content.decode()
    return re.search(r'data-version="(\d+)"', html)[1]


# --- Live ----------------------------------------------------------------------------------------


def test_a_change_by_somebody_else_is_in_the_next_poll(now, clinic, signed_in, front_desk, actor):
    visit = visit_of(clinic)
    browser = signed_in(front_desk)
    version = _version(browser)
    person = visit.attendances.get()
    operations.confirm(person.pk, by=actor(front_desk))

    response = browser.get("/calendar/poll/", {"on": "2026-11-25", "v": version, "visit": visit.public_id})
    html = response.content.decode()

    assert response.status_code == 200
    assert "tile--confirmed" in tile(html, visit)
    assert f'id="facts-{visit.public_id}" class="visit__facts" hx-swap-oob="morph"' in html
    assert f'data-version="{int(version) + 1}"' in html
    assert response["HX-Trigger-After-Settle"] == "panels:refresh"


def test_a_change_on_another_day_or_of_a_provider_not_shown_is_none_of_this_page(
    now, clinic, signed_in, front_desk, actor
):
    browser = signed_in(front_desk)
    version = _version(browser, p=clinic.provider.public_id)

    raise_days([(clinic.provider.pk, TODAY), (clinic.colleague.pk, TOMORROW)])

    query = {"on": "2026-11-25", "v": version, "p": clinic.provider.public_id}
    assert browser.get("/calendar/poll/", query).status_code == 204


def test_a_change_without_provider_counts(now, clinic, signed_in, front_desk):
    browser = signed_in(front_desk)
    version = _version(browser)

    raise_days([(None, TOMORROW)])

    assert browser.get("/calendar/poll/", {"on": "2026-11-25", "v": version}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_change_begun_earlier_and_committed_later_is_seen(now, clinic, front_desk, actor):
    late = connection.copy()
    try:
        late.set_autocommit(False)
        with late.cursor() as cursor:
            cursor.execute(
                'INSERT INTO scheduling_providerday (provider_id, "on", n) VALUES (%s, %s, 1)',
                [clinic.provider.pk, TOMORROW],
            )
        raise_days([(clinic.colleague.pk, TOMORROW)])
        seen = day_version(TOMORROW, by=actor(front_desk))
        late.commit()
    finally:
        late.close()

    assert int(day_version(TOMORROW, by=actor(front_desk))) == int(seen) + 1


def test_polls_are_not_recorded_as_views(now, clinic, signed_in, front_desk):
    visit = visit_of(clinic)
    browser = signed_in(front_desk)
    query = {"on": "2026-11-25", "visit": visit.public_id}

    browser.get("/calendar/", query)
    browser.get("/calendar/poll/", query | {"v": "-1"})

    viewed = AuditEntry.objects.filter(act="appointment.viewed", subject_id=visit.pk)
    assert [(e.actor_id, e.at) for e in viewed] == [(front_desk.pk, clock.now())]


def test_the_version_is_not_moved_by_looking(now, clinic, signed_in, front_desk):
    browser = signed_in(front_desk)

    assert _version(browser) == _version(browser)


def test_a_provider_who_left_keeps_the_days_there_were(page, clinic):
    visit_of(clinic)
    clinic.provider.is_active = False
    clinic.provider.save()

    assert "no longer here" in page()
    assert "Maya Smith</h2>" not in page(on="2026-11-26")


def test_midnight_belongs_to_the_practice_zone(page, clinic):
    late = visit_of(clinic, starts_at=dt.datetime(2026, 11, 25, 23, 30, tzinfo=NEW_YORK))

    assert 'data-start="1410"' in tile(page(), late)
    assert 'data-start="-30"' in tile(page(on="2026-11-26"), late)
