"""What clients read, without a database."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.rules.lint import Written, problems_with
from messaging.rules.segments import is_gsm, segments
from messaging.rules.wording import fitting, render
from reminders.rules.texts import Asking, Facts, Office, When, defaults_of, values
from reminders.states import Said

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = Office(sender="Riverside Office", phone="(202) 555-0100")
WHEN = When(start=dt.datetime(2026, 11, 24, 16, tzinfo=dt.UTC), zone=NEW_YORK)
LATER = When(start=dt.datetime(2026, 12, 22, 22, 30, tzinfo=dt.UTC), zone=NEW_YORK)


NOTICES = [Said.MOVED, Said.CHANGED, Said.CANCELLED, Said.RESTORED]
ANSWERS = list(Said)[list(Said).index(Said.CONFIRMED) :]


def say(key: str, *whens: When, office: Office = OFFICE, channel: str = "sms", **facts) -> str:
    told = Facts(whens=whens, office=office, **facts)
    filling = values(told, channel=channel, language=whens[0].language)
    return render(fitting(defaults_of(key)[channel, whens[0].language], filling).text, filling)


def every_text(office: Office, language: str = "en") -> list[str]:
    when, later = (replace(one, language=language) for one in (WHEN, LATER))
    asking = [Asking(is_confirmed=c, code=code) for c in (True, False) for code in ("", "4")]
    return [
        *(
            say(Said.REMINDER, one, office=office, asking=how, is_first=first)
            for one in (when, later)
            for how in asking
            for first in (True, False)
        ),
        *(say(key, later, office=office, is_first=first) for key in NOTICES for first in (True, False)),
        *(say(key, later, office=office) for key in ANSWERS),
    ]


def test_the_reminder_reads_as_designed():
    assert say(Said.REMINDER, WHEN, is_first=True) == (
        "Riverside Office: you have an appointment Tue Nov 24 at 11:00 am. Reply Y to confirm, C to cancel, "
        "R to move. Questions: (202) 555-0100. STOP to opt out."
    )


def test_who_has_confirmed_is_not_asked_again():
    assert say(Said.REMINDER, WHEN, asking=Asking(is_confirmed=True)) == (
        "Riverside Office: you have an appointment Tue Nov 24 at 11:00 am. Reply C to cancel, R to move. "
        "Questions: (202) 555-0100."
    )


def test_the_answers_read_as_designed():
    h24 = Office(sender="Praxis", phone="030 1234", h24=True, notice_hours=48)

    assert [
        say(Said.CONFIRMED, WHEN, office=OFFICE),
        say(Said.CONFIRMED, WHEN, office=h24),
        say(Said.MOVED_SINCE, WHEN, office=OFFICE),
        say(Said.ASKED_AGAIN, WHEN, office=h24),
        say(Said.CALL_TO_MOVE, WHEN, office=Office(sender="X")),
    ] == [
        "Thank you, you are confirmed. See you Tuesday at 11:00 am.",
        "Thank you, you are confirmed. See you Tuesday at 11:00.",
        "That visit has moved. It is now Tue Nov 24 at 11:00 am. Reply Y to confirm, C to cancel, R to move.",
        "Your visit is in less than 48 hours. Reply C again to cancel; for anything else please call 030 1234.",
        "To move your visit please call us. We have made a note that you want to.",
    ]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("clock", [True, False])
@pytest.mark.parametrize("sender", ["Stillwater", "Riverside Office", "Müller & Counseling Associates, P.C."])
def test_every_default_text_is_one_segment(sender, clock, language):
    office = Office(sender=sender, phone="(202) 555-0100", h24=clock)
    told = every_text(office, language)

    assert {text: segments(text) for text in told} == dict.fromkeys(told, 1)


@pytest.mark.parametrize("language", ["en", "es"])
@given(
    sender=st.text("abcdefgh ABC", min_size=1, max_size=40), phone=st.sampled_from(["", "+49 30 1234567 89"])
)
def test_any_sender_name_leaves_one_segment(sender, phone, language):
    office = Office(sender=sender, phone=phone)

    assert all(segments(text) == 1 for text in every_text(office, language))


@pytest.mark.parametrize("said", Said)
def test_nothing_we_say_is_found_fault_with(said):
    """No variable unknown, no sensitive word, no CANCEL, a practice and a number: in every version and language."""
    found = {
        (channel, language, version): problems_with(
            Written(
                text=words.text,
                subject_line=words.subject_line,
                channel=channel,
                said="",
                names_practice=list(Said).index(said) < list(Said).index(Said.CONFIRMED),
            )
        )
        for (channel, language), versions in defaults_of(said).items()
        for version, words in enumerate(versions)
    }
    # The shortest versions give the number up before the choices: a text of one segment can be answered.
    assert {(p.code, version > 0) for (*_, version), ps in found.items() for p in ps} <= {("no_phone", True)}


def test_spanish_texts_need_no_letter_that_halves_their_room():
    assert all(is_gsm(text) for text in every_text(OFFICE, "es"))


def test_the_spanish_reminder_reads_as_designed():
    assert say(Said.REMINDER, replace(WHEN, language="es"), is_first=True) == (
        "Riverside Office: cita el mar 24 nov a las 11:00 am. Y confirmar, C cancelar, R cambiar. "
        "(202) 555-0100 STOP para no recibir textos."
    )


def test_a_call_says_the_date_in_full_and_which_keys_to_press():
    assert say(Said.REMINDER, WHEN, channel="voice") == (
        "Hello, this is Riverside Office with a reminder of your appointment on Tuesday, November 24, 11:00 am. "
        "Press 1 to confirm, 2 to cancel, 3 to move it, 9 to stop these calls. "
        "To speak with us, please call (202) 555-0100."
    )


def test_a_shared_number_is_asked_with_its_code():
    assert "Reply Y4 to confirm, C4 to cancel, R4 to move." in say(
        Said.REMINDER, WHEN, asking=Asking(code="4")
    )


def test_several_visits_in_one_act_are_one_text():
    assert say(Said.MOVED_MANY, WHEN, LATER) == (
        "Riverside Office: your appointments have moved to Tue Nov 24 at 11:00 am, Tue Dec 22 at 5:30 pm. "
        "Questions: (202) 555-0100."
    )
    assert segments(say(Said.CANCELLED_MANY, *[WHEN] * 9, is_first=True)) == 1
