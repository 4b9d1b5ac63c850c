"""Types and offers from files."""

import pytest

from core import clock
from core.sheets.columns import Row
from practice.importing.kinds import Importing
from practice.importing.running import Options, style_of
from practice.tests.factories import ChangeFactory
from practice.tests.files import SYSTEM, counts, given, reasons, take
from scheduling.importing.types import load_offers, offered
from scheduling.models import AppointmentType, TypeOffer
from scheduling.tests.factories import AppointmentTypeFactory

pytestmark = pytest.mark.django_db

TYPES = (
    "Name,Category,Duration,Buffer after,Rate,Color,Modality,Max per day provider,Codes by minutes,Modifiers\n"
    "Intake,individual,80,10,$180.00,plum,in person; video,,38 90834; 16 90832,95; hj\n"
    "Circle,Group,90,0,,amber,in person,2,,\n"
)


def test_types_are_known_by_name_whatever_the_case(practice):
    assert counts(take("types", TYPES)) == (2, 0, 0)
    outcome = take("types", TYPES.replace("Intake,", "intake,").replace(",80,", ",75,"))
    assert outcome.report.changed == 1
    one = AppointmentType.objects.get(name__iexact="intake")
    assert (one.duration_minutes, one.modalities, one.hue) == (75, ["in_person", "telehealth"], "plum")
    assert (one.codes_by_minutes, one.modifiers) == ([[16, "90832"], [38, "90834"]], ["95", "HJ"])
    assert one.edition > 1


def test_bad_types_say_why(practice):
    rows = "name,duration,hue,modalities,modifiers,codes_by_minutes\n"
    rows += "A,4,teal,in person,95,38 90834; 38 90837\nB,50,pink,pigeon,9A5,long 90834\n"
    outcome = take("types", rows)

    assert sorted((line, column) for line, column, _ in reasons(outcome)) == [
        (2, "codes_by_minutes"),
        (2, "duration_minutes"),
        (3, "codes_by_minutes"),
        (3, "hue"),
        (3, "modalities"),
        (3, "modifiers"),
    ]


def test_types_and_offers_read_back_the_same(practice, provider, colleague):
    take("types", TYPES)
    offers = "provider,type,minutes,rate\nDr. Maya Smith,intake,60,140\nOwen Brandt,Circle,,\n"
    assert counts(take("offers", offers)) == (2, 0, 0)
    assert counts(take("offers", offers.replace("140", "150"))) == (0, 1, 1)
    assert [
        column for _, column, _ in reasons(take("offers", "provider,type\nNobody,Intake\nOwen Brandt,No\n"))
    ] == [
        "provider",
        "type",
    ]
    texts = {kind: given(kind) for kind in ("types", "offers")}
    AppointmentType.objects.all().delete()

    for kind, text in texts.items():
        assert take(kind, text).is_kept
        assert given(kind) == text


def test_offers_of_a_provider_in_one_cell(practice, provider):
    kind = AppointmentTypeFactory(name="Follow-up")
    AppointmentTypeFactory(name="Intake")
    importing = Importing(ChangeFactory(), SYSTEM, clock.now(), style_of(Options()), is_trial=False)

    load_offers(importing, [(Row(2, {"offers": offered("Intake; follow-up:60:140.00; Nothing")}), provider)])

    assert TypeOffer.objects.count() == 2
    offer = TypeOffer.objects.get(type=kind)
    assert (offer.duration_minutes, str(offer.rate)) == (60, "140.00")
    assert [(bad.column, bad.reason[:8]) for bad in importing.report.bad] == [("offers", "Nothing:")]
    assert importing.report.added == 0


@pytest.mark.parametrize("cell", ["Intake:sixty", "Intake:60:dear", "Intake:60:1:1"])
def test_an_offer_that_cannot_be_read(cell):
    with pytest.raises(ValueError, match="Write"):
        offered(cell)
