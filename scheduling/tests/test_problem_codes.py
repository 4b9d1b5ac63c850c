"""Every problem there is: said by the booking form with what is in the way and what to do, and by every other door."""

import re
import uuid
from pathlib import Path

import pytest
from django.urls import reverse

from core import clock
from core.actors import SYSTEM
from core.refusals import Severity
from scheduling.models import Appointment, AppointmentType
from scheduling.queries.many import Ledger
from scheduling.queries.problems import problems_with
from scheduling.queries.series import asked_of, book_of
from scheduling.rules import problems as the_list
from scheduling.rules.problems import problems
from scheduling.rules.wishes import Wish
from scheduling.states import Source
from scheduling.tests.troubles import ELSEWHERE, TROUBLES, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
RULES = Path(the_list.__file__).parent


def wished(clinic, trouble) -> Wish:
    usual = {
        "type_id": clinic.type.pk,
        "provider_id": clinic.provider.pk,
        "starts_at": at(14),
        "minutes": 50,
        "client_ids": (clinic.regular.pk,),
    }
    return Wish(**usual | trouble(clinic))


def posted(clinic, wish: Wish) -> dict:
    """The wish as the form would send it."""
    people = {clinic.regular.pk: clinic.regular, clinic.other.pk: clinic.other}
    local = wish.starts_at
    return {
        "change_id": str(uuid.uuid4()),
        "client": [str(people[pk].public_id) for pk in wish.client_ids],
        "q": [people[pk].last_name for pk in wish.client_ids],
        "type": wish.type_id,
        "provider": str(clinic.provider.public_id),
        "on": local.date().isoformat(),
        "at": local.strftime("%H:%M"),
        "minutes": wish.minutes,
        "modality": wish.modality,
        "location": wish.location_id or "",
        "room": wish.room_id or "",
    }


@pytest.mark.parametrize("code", TROUBLES)
def test_the_form_says_it_with_the_remedy(clinic, signed_in, front_desk, code):
    wish = wished(clinic, TROUBLES[code])
    (said,) = [p for p in problems_with(wish, by=SYSTEM, now=clock.now()) if p.code == code]

    desk = signed_in(front_desk)
    looked = desk.post(reverse("scheduling:visit-why-not"), posted(clinic, wish)).content.decode()
    pressed = desk.post(reverse("scheduling:visit-new"), posted(clinic, wish))

    for html in (looked, *([pressed.content.decode()] if said.severity != Severity.WARNING else [])):
        assert escaped(said.message) in html
        assert escaped(said.remedy) in html
        assert "restraining" not in html
    assert Appointment.objects.filter(source=Source.STAFF, attendances__client=clinic.regular).exists() == (
        said.severity == Severity.WARNING or code == "client_busy"
    )
    assert said.blocking is not None
    assert set(said.blocking) == {"kind", "id", "starts_at", "ends_at"}


def escaped(words: str) -> str:
    return words.replace("'", "&#x27;")


@pytest.mark.parametrize("code", TROUBLES | ELSEWHERE)
def test_one_wish_and_many_are_judged_alike(clinic, code):
    wish = wished(clinic, (TROUBLES | ELSEWHERE)[code])

    alone = problems_with(wish, by=SYSTEM, now=clock.now())
    book = book_of([wish])
    ledger = Ledger([asked_of(wish, book)], book, now=clock.now())

    assert problems(ledger.facts(0)) == alone
    assert code in {problem.code for problem in alone}


def test_every_code_has_its_trouble():
    written = " ".join(page.read_text() for page in RULES.glob("*.py"))
    codes = set(re.findall(r'(?:code=|code, message = |_unfit\(\s*facts, )"([a-z_]+)"', written))
    codes |= {
        f"cap_{name}"
        for name in re.findall(r'^    "([a-z_]+)": \("(?:provider|type)", ', written, re.MULTILINE)
    }
    codes |= {"interpreter", "language", "authorization_used", "authorization_ended"}

    not_of_wishes = {"wrong_state", "way"}  # what cannot be done with a visit that stands
    assert codes - not_of_wishes == set(TROUBLES | ELSEWHERE)


@pytest.mark.parametrize("code", ["kept_apart_provider", "kept_apart_together"])
def test_keeping_apart_cannot_be_overridden(clinic, signed_in, front_desk, code):
    wish = wished(clinic, TROUBLES[code])

    answer = signed_in(front_desk).post(
        reverse("scheduling:visit-new"), posted(clinic, wish) | {"override_reason": "It will be fine"}
    )

    assert answer.status_code == 422
    assert Appointment.objects.count() == 0


def test_only_those_who_come_in_person_to_the_same_place_could_meet(clinic):
    wish = wished(clinic, TROUBLES["kept_apart_waiting"])
    AppointmentType.objects.update(modalities=["in_person", "telehealth"])

    def codes(**other) -> set[str]:
        asked = Wish(**{name: getattr(wish, name) for name in Wish.__dataclass_fields__} | other)
        return {p.code for p in problems_with(asked, by=SYSTEM, now=clock.now())}

    assert "kept_apart_waiting" in codes()
    assert "kept_apart_waiting" in codes(location_id=None)
    assert "kept_apart_waiting" not in codes(modality="telehealth")
    assert "kept_apart_waiting" not in codes(starts_at=at(13, 40))  # thirty minutes between the two
    assert "kept_apart_waiting" in codes(starts_at=at(13, 45))
