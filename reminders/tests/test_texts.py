"""What clients read, without a database."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.rules.segments import segments
from reminders.rules import texts
from reminders.rules.texts import Office, When

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = Office(sender="Riverside Office", phone="(202) 555-0100")
WHEN = When(start=dt.datetime(2026, 11, 24, 16, tzinfo=dt.UTC), zone=NEW_YORK)
LATER = When(start=dt.datetime(2026, 12, 22, 22, 30, tzinfo=dt.UTC), zone=NEW_YORK)


def every_text(office: Office) -> list[str]:
    notices = (texts.moved, texts.changed, texts.cancelled, texts.restored)
    answers = (
        texts.confirmed,
        texts.moved_since,
        texts.asked_again,
        texts.cancelled_by_you,
        texts.cancel_or_move,
        texts.call_to_move,
        texts.call_us,
    )
    return [
        *(
            texts.reminder(when, office, confirmed=confirmed, first=first)
            for when in (WHEN, LATER)
            for confirmed in (True, False)
            for first in (True, False)
        ),
        *(tell([LATER], office, first=first) for tell in notices for first in (True, False)),
        *(answer(LATER, office) for answer in answers),
    ]


def test_the_reminder_reads_as_designed():
    assert texts.reminder(WHEN, OFFICE, confirmed=False, first=True) == (
        "Riverside Office: you have an appointment Tue Nov 24 at 11:00 am. Reply Y to confirm, C to cancel, "
        "R to move. Questions: (202) 555-0100. STOP to opt out."
    )


def test_who_has_confirmed_is_not_asked_again():
    assert texts.reminder(WHEN, OFFICE, confirmed=True, first=False) == (
        "Riverside Office: you have an appointment Tue Nov 24 at 11:00 am. Reply C to cancel, R to move. "
        "Questions: (202) 555-0100."
    )


def test_the_answers_read_as_designed():
    h24 = Office(sender="Praxis", phone="030 1234", h24=True, notice_hours=48)

    assert [
        texts.confirmed(WHEN, OFFICE),
        texts.confirmed(WHEN, h24),
        texts.moved_since(WHEN, OFFICE),
        texts.asked_again(WHEN, h24),
        texts.call_to_move(WHEN, Office(sender="X")),
    ] == [
        "Thank you, you are confirmed. See you Tuesday at 11:00 am.",
        "Thank you, you are confirmed. See you Tuesday at 11:00.",
        "That visit has moved. It is now Tue Nov 24 at 11:00 am. Reply Y to confirm, C to cancel, R to move.",
        "Your visit is in less than 48 hours. Reply C again to cancel; for anything else please call 030 1234.",
        "To move your visit please call us. We have made a note that you want to.",
    ]


@pytest.mark.parametrize("clock", [True, False])
@pytest.mark.parametrize("sender", ["Stillwater", "Riverside Office", "Müller & Counseling Associates, P.C."])
def test_every_default_text_is_one_segment(sender, clock):
    office = Office(sender=sender, phone="(202) 555-0100", h24=clock)

    assert {text: segments(text) for text in every_text(office)} == dict.fromkeys(every_text(office), 1)


@given(
    sender=st.text("abcdefgh ABC", min_size=1, max_size=40), phone=st.sampled_from(["", "+49 30 1234567 89"])
)
def test_any_sender_name_leaves_one_segment(sender, phone):
    office = Office(sender=sender, phone=phone)

    assert all(segments(text) == 1 for text in every_text(office))


def test_no_text_prints_the_carriers_opt_out_word_or_says_why_somebody_comes():
    for text in every_text(OFFICE):
        assert "CANCEL" not in text
        assert not {"therapy", "session", "dr.", "clinic"} & set(text.lower().split())


def test_several_visits_in_one_act_are_one_text():
    assert texts.moved([WHEN, LATER], OFFICE, first=False) == (
        "Riverside Office: your appointments have moved to Tue Nov 24 at 11:00 am, Tue Dec 22 at 5:30 pm. "
        "Questions: (202) 555-0100."
    )
    assert segments(texts.cancelled([WHEN] * 9, OFFICE, first=True)) == 1
