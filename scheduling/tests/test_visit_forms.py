import datetime as dt
import uuid
import zoneinfo

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from core import clock
from practice.tests.factories import ClientFactory, LocationFactory, RoomFactory
from scheduling.forms.opening import first_values, type_values
from scheduling.forms.people import people_from
from scheduling.forms.typed import TypedMinutesField, TypedTimeField, parse_minutes, parse_time, said_time
from scheduling.forms.visits import BookForm, CancelForm, as_posted
from scheduling.queries.filling import AUTO_ROOM, next_free, usual_type
from scheduling.queries.problems import facts_for
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, TypeOfferFactory

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 11, 24, 15, 22, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _ten_twenty_two():
    with clock.frozen(NOW):
        yield


# --- Times and lengths as people type them ---------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("230p", (14, 30)),
        ("2:30 pm", (14, 30)),
        ("2:30PM", (14, 30)),
        ("2.30 p.m.", (14, 30)),
        ("14:30", (14, 30)),
        ("1430", (14, 30)),
        ("14h30", (14, 30)),
        ("2p", (14, 0)),
        ("2", (14, 0)),
        ("6:15", (18, 15)),
        ("7", (7, 0)),
        ("9", (9, 0)),
        ("930", (9, 30)),
        ("1030", (10, 30)),
        ("02:30", (2, 30)),
        ("0230", (2, 30)),
        ("00:00", (0, 0)),
        ("12", (12, 0)),
        ("12a", (0, 0)),
        ("12 pm", (12, 0)),
        ("noon", (12, 0)),
        ("  9:05  am ", (9, 5)),
    ],
)
def test_a_time_is_read_as_people_type_it(typed, meant):
    assert parse_time(typed) == dt.time(*meant)


@pytest.mark.parametrize("typed", ["", "25:00", "13p", "0p", "2:75", "12345", "2:3", "half past", "-2", "٢"])
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(ValueError):  # noqa: PT011 any of them will do
        parse_time(typed)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("50", 50), ("50 min", 50), ("1h30", 90), ("1:30", 90), ("1.5 h", 90), ("1 h", 60), ("2hrs", 120)],
)
def test_a_length_is_read_as_people_type_it(typed, minutes):
    assert parse_minutes(typed) == minutes


@pytest.mark.parametrize("typed", ["", "x", "-5", "h", "5000"])
def test_what_is_no_length_is_refused(typed):
    with pytest.raises(ValueError):  # noqa: PT011 any of them will do
        parse_minutes(typed)


def test_a_length_outside_its_bounds_is_named():
    with pytest.raises(ValidationError, match="between 5 and 720"):
        TypedMinutesField(least=5).clean("2")


def test_an_optional_time_may_stay_empty():
    assert TypedTimeField(required=False).clean("") is None


def test_a_time_is_said_by_the_practice_clock():
    assert [said_time(dt.time(14, 5), clock_24h=h24) for h24 in (True, False)] == ["14:05", "2:05 pm"]


# --- Who comes -------------------------------------------------------------------------------------


def posted(**values) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in values.items():
        query.setlist(name, value if isinstance(value, list) else [str(value)])
    return query


def test_words_alone_find_the_one_person_they_fit(actor, front_desk, regular, stranger):
    rows = people_from(posted(client="", q="regular"), by=actor(front_desk))

    assert [(row.client, row.error) for row in rows] == [(regular, "")]


def test_words_that_fit_several_offer_a_choice(actor, front_desk):
    ruth, dan = (ClientFactory(first_name=name, last_name="Adams") for name in ("Ruth", "Dan"))

    (row,) = people_from(posted(client="", q="adams"), by=actor(front_desk))

    assert (row.client, set(row.candidates)) == (None, {ruth, dan})


def test_words_that_fit_nobody_say_so(actor, front_desk):
    (row,) = people_from(posted(client="", q="nobody"), by=actor(front_desk))

    assert (row.client, row.text, bool(row.error)) == (None, "nobody", True)


def test_a_client_out_of_sight_cannot_be_named(actor, provider, stranger):
    (row,) = people_from(posted(client=str(stranger.public_id), q="Stan"), by=actor(provider))

    assert (row.client, bool(row.error)) == (None, True)


def test_the_same_person_twice_is_refused(actor, front_desk, regular):
    ids = [str(regular.public_id)] * 2

    rows = people_from(posted(client=ids, q=["a", "b"]), by=actor(front_desk))

    assert [bool(row.error) for row in rows] == [False, True]


# --- The form --------------------------------------------------------------------------------------


@pytest.fixture
def kind(provider):
    kind = AppointmentTypeFactory(name="Follow-up", rate=140)
    TypeOfferFactory(type=kind, provider=provider)
    return kind


@pytest.fixture
def filled(provider, regular, kind):
    def values(**other) -> QueryDict:
        usual = {
            "change_id": uuid.uuid4(),
            "client": regular.public_id,
            "q": "",
            "type": kind.pk,
            "provider": provider.public_id,
            "on": "2026-11-25",
            "at": "230p",
            "minutes": "50",
            "modality": "in_person",
        }
        return posted(**usual | other)

    return values


@pytest.fixture
def form(actor, front_desk, practice, filled):
    return lambda **other: BookForm(filled(**other), by=actor(front_desk), practice=practice)


def test_wall_time_becomes_utc_in_the_practice_zone(form):
    book = form()

    assert book.is_valid(), book.errors
    assert book.wish(now=NOW).starts_at == dt.datetime(2026, 11, 25, 19, 30, tzinfo=dt.UTC)


def test_a_time_the_clocks_skip_is_refused(form):
    book = form(on="2027-03-14", at="02:30")

    assert not book.is_valid()
    assert "clocks change" in book.errors["at"][0]


def test_an_hour_that_comes_twice_means_the_first(form):
    book = form(on="2026-11-01", at="01:30")

    assert book.is_valid()
    assert book.wish(now=NOW).starts_at == dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on", "someday"),
        ("at", "later"),
        ("minutes", "long"),
        ("minutes", "4"),
        ("type", "999999"),
        ("type", "x"),
        ("provider", "not-a-uuid"),
        ("provider", "4acd008b-c575-469f-8b1f-cfd369e124b1"),
        ("room", "999999"),
        ("location", "x"),
        ("modality", "carrier pigeon"),
        ("change_id", "x"),
        ("rate", "-1"),
    ],
)
def test_malformed_values_are_told_at_their_field(form, field, value):
    book = form(**{field: value})

    assert not book.is_valid()
    assert list(book.errors) == [field]


def test_somebody_has_to_come(form):
    book = form(client="", q="")

    assert not book.is_valid()
    assert "Say who comes." in str(book.non_field_errors())


def test_nobody_has_to_come_to_an_administrative_block(form):
    kind = AppointmentTypeFactory(category="administrative")

    assert form(type=kind.pk, client="", q="").is_valid()


def test_a_visit_needs_a_provider_or_a_room(form):
    room = RoomFactory()

    assert not form(provider="").is_valid()
    assert form(provider="", room=room.pk).is_valid()


def test_any_free_room_is_the_first_that_fits_and_is_free(form, provider, kind):
    place = LocationFactory()
    _small, taken, free = (
        RoomFactory(location=place, name=n, capacity=c) for n, c in (("A", 1), ("B", 4), ("C", 4))
    )
    start = dt.datetime(2026, 11, 25, 14, tzinfo=NEW_YORK)
    AppointmentFactory(room=taken, location=place, starts_at=start)
    book = form(location=place.pk, room=AUTO_ROOM)

    assert book.is_valid(), book.errors
    assert book.wish(now=NOW).room_id == free.pk


def test_what_the_form_opens_with_says_where_it_was_pointed(actor, front_desk, practice, provider, kind):
    query = {"provider": str(provider.public_id), "on": "2026-11-25", "at": "09:15", "minutes": "75"}

    first = first_values(query, by=actor(front_desk), practice=practice, now=NOW)

    assert (first["provider"], first["on"], first["at"]) == (provider, dt.date(2026, 11, 25), "9:15 am")
    assert (first["minutes"], first["kept_minutes"]) == (75, True)


def test_nonsense_in_the_address_is_left_out(actor, front_desk, practice, kind):
    query = {"provider": "x", "on": "2026-99-99", "at": "soon", "minutes": "many", "type": "x", "room": "-3"}

    first = first_values(query, by=actor(front_desk), practice=practice, now=NOW)

    assert (first["provider"], first["on"], first["at"]) == (None, dt.date(2026, 11, 24), "")


def test_a_provider_opens_their_own_calendar(actor, provider, practice, kind):
    first = first_values({}, by=actor(provider), practice=practice, now=NOW)

    assert (first["provider"], first["type"]) == (provider, kind)


def test_the_opening_form_is_judged_without_being_blamed(actor, front_desk, practice, kind):
    by = actor(front_desk)
    opened = BookForm(initial=first_values({}, by=by, practice=practice, now=NOW), by=by, practice=practice)

    as_posted(opened).is_valid()

    assert [row.error for row in opened.people] == [""]


def test_a_type_fills_in_the_providers_own_terms(provider, kind):
    kind.offers.update(duration_minutes=30, rate=90)

    assert type_values(kind, provider.pk, {}) == {
        "minutes": 30,
        "buffer_before": 0,
        "buffer_after": 15,
        "rate": 90,
        "modality": "in_person",
    }


def test_a_dragged_length_and_touched_values_stay(provider, kind):
    query = {"minutes": "75", "kept_minutes": "True", "touched": "rate,nonsense", "rate": "12"}

    filled = type_values(kind, provider.pk, query)

    assert (filled["minutes"], filled["rate"], "nonsense" in filled) == (75, "12", False)


def test_the_usual_type_is_the_one_booked_most(provider, kind):
    often = AppointmentTypeFactory(name="Often")
    for hour in (9, 11, 13):
        AppointmentFactory(
            type=often, provider=provider, starts_at=dt.datetime(2026, 11, 20, hour, tzinfo=NEW_YORK)
        )

    assert usual_type(provider.pk, NOW) == often


def test_without_hours_no_time_is_suggested(form, practice):
    book = form()
    assert book.is_valid()

    facts = facts_for(book.wish(now=NOW), ignoring=frozenset(), now=NOW)

    assert next_free(facts, practice=practice, now=NOW) == []


def test_an_other_reason_needs_words():
    values = {"change_id": str(uuid.uuid4()), "edition": "1", "reason": "other", "text": "  "}

    assert CancelForm(values).errors == {"text": ["Say in a few words why."]}
