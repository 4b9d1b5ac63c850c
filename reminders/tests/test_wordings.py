"""The pages where a practice writes its own words."""

import uuid

import pytest
from django.urls import reverse

from core.refusals import Blocked, NotAllowed, Refusal, StaleEdit
from messaging.models import Template
from messaging.operations.templates import revert_words, save_words
from messaging.rules.wording import Slot, Words
from messaging.tests.factories import TemplateFactory
from practice.models import AuditEntry
from reminders.models import ReminderRule
from reminders.tests.conftest import PHONE

LIST = reverse("reminders:wording-list")
GOOD = "{practice}: see you {when}. {choices} {questions}"
SLOT = Slot(key="reminder", channel="sms", language="en")


def page(key="reminder", channel="sms", language="en", name="edit") -> str:
    return reverse(f"reminders:wording-{name}", args=[key, channel, language])


def form_of(body: str = GOOD, **said) -> dict:
    return {"change_id": str(uuid.uuid4()), "edition": "0", "body": body} | said


@pytest.fixture
def browser(signed_in, admin_user):
    return signed_in(admin_user)


@pytest.fixture
def ada(admin_user, actor):
    return actor(admin_user)


def save(words: str = GOOD, *, by, slot=SLOT, **more):
    return save_words(slot, Words(words), said=words, by=by, **more)


def test_own_words_are_kept_and_every_version_can_be_read(ada):
    save("{practice}: one. {questions}", by=ada)
    save(by=ada, edition=1)
    revert_words(SLOT, by=ada, edition=2)

    row = Template.objects.get()
    bodies = AuditEntry.objects.filter(subject_kind="template").order_by("pk")
    assert (row.body, row.edition) == ("", 3)
    assert [(entry.act, entry.after["body"]) for entry in bodies] == [
        ("template.changed", "{practice}: one. {questions}"),
        ("template.changed", GOOD),
        ("template.reverted", ""),
    ]
    assert Template.objects.own_words() == {}


def test_what_needs_a_yes_is_kept_with_it_and_the_trail_says_so(ada):
    with pytest.raises(Blocked):
        save("{practice}: your therapy {when}. {questions}", by=ada)

    save("{practice}: your therapy {when}. {questions}", accept=True, by=ada)

    assert AuditEntry.objects.get(act="template.accepted").after == {"codes": ["sensitive"]}
    assert AuditEntry.objects.get(act="template.save.refused").after == {"codes": ["sensitive", "no_choices"]}


@pytest.mark.parametrize(
    ("words", "refusal"),
    [("{nobody}", Blocked), ("Reply CANCEL {practice} {phone}", Blocked), (" ", Refusal)],
)
def test_what_is_wrong_is_never_kept(ada, words, refusal):
    with pytest.raises(refusal):
        save(words, accept=True, by=ada)

    assert not Template.objects.exists()


def test_words_are_the_admins_and_only_for_what_is_said(ada, actor, front_desk, provider):
    for who in (front_desk, provider):
        with pytest.raises(NotAllowed):
            save(by=actor(who))
        with pytest.raises(NotAllowed):
            revert_words(SLOT, by=actor(who))
    for slot in (
        Slot(key="nothing", channel="sms", language="en"),
        Slot(key="confirmed", channel="voice", language="en"),
        Slot(key="confirmed", channel="sms", language="en", scope=3),
    ):
        with pytest.raises(Refusal):
            save(slot=slot, by=ada)


def test_an_old_copy_is_refused(ada):
    save(by=ada)

    with pytest.raises(StaleEdit):
        save("{practice} {questions}", by=ada, edition=0)


def test_saving_twice_is_saving_once(browser):
    posted = form_of()

    answers = [browser.post(page(), posted) for _ in range(2)]

    assert [(a.status_code, a["Location"]) for a in answers] == [(302, page())] * 2
    assert Template.objects.values_list("body", "edition").get() == (GOOD, 1)


def test_a_step_has_words_of_its_own(browser):
    rule = ReminderRule.objects.get(name="24 hours before")

    browser.post(f"{page()}?step={rule.pk}", form_of())

    assert Template.objects.get().scope == rule.pk
    assert GOOD in browser.get(f"{page()}?step={rule.pk}").content.decode()
    assert GOOD not in browser.get(page()).content.decode()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{practice} {whenn} {phone}", "{whenn} is not a variable. Did you mean {when}?"),
        ("Reply CANCEL {practice} {phone}", "Carriers take CANCEL for STOP"),
        ("", "This field is required."),
        ("Your therapy {when}, {practice} {phone}", "Have another look"),
    ],
)
def test_what_is_wrong_is_said_beside_the_words_and_nothing_typed_is_lost(browser, body, says):
    answer = browser.post(page(), form_of(body))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_body_error"' in html
    assert says in html
    assert f"{body}</textarea>" in html
    assert not Template.objects.exists()


def test_a_word_that_says_too_much_goes_out_only_with_a_yes(browser):
    body = "{practice}: your therapy {when}. {choices} {questions}"

    asked = browser.post(page(), form_of(body)).content.decode()
    browser.post(page(), form_of(body, accept="on"))

    assert 'name="accept"' in asked
    assert Template.objects.get().body == body


def test_the_preview_follows_what_is_typed_and_keeps_nothing(browser, practice):
    practice.sender_name, practice.phone = "Riverside Office", "+12025550100"
    practice.save()

    html = browser.post(
        page(name="preview"), form_of("{practice}: {time}. {choices} {questions}")
    ).content.decode()

    assert "Riverside Office: 11:00 am. Reply Y to confirm, C to cancel, R to move." in html
    assert "STOP to opt out." in html
    assert '<span class="num">115</span> of 160 letters · 1 segment · about $0.010 each' in html
    assert not Template.objects.exists()


def test_the_preview_reads_as_a_real_visit_would(browser, regular, agree, booked):
    agree(regular, PHONE)
    person = booked(regular)
    posted = form_of("{client}, {when}, {provider}. {choices}", visit=person.appointment.public_id)

    html = browser.post(page(name="preview"), posted).content.decode()
    listed = browser.get(page()).content.decode()

    assert "Rita, Thu Nov 26 at 11:00 am, Dr. Maya Smith. Reply Y" in html
    assert f'<option value="{person.appointment.public_id}">Rita Regular, Thu Nov 26</option>' in listed


@pytest.mark.parametrize("visit", ["", "nonsense", "00000000-0000-0000-0000-000000000007"])
def test_a_visit_that_is_not_there_leaves_the_example(browser, visit):
    html = browser.post(page(name="preview"), form_of("{client} {practice}", visit=visit)).content.decode()

    assert "Alex" in html


def test_letters_that_cost_are_named_and_replaced_at_a_press(browser):
    looked = browser.post(page(), form_of("{practice}: it’s {when}. {phone}", look="1")).content.decode()
    mended = browser.post(page(), form_of("{practice}: it’s {when}. {phone}", replace="1")).content.decode()

    assert "’ right single quotation mark (instead: &#x27;)" in looked
    assert "{practice}: it&#x27;s {when}. {phone}</textarea>" in mended
    assert not Template.objects.exists()


def test_a_mail_has_a_subject_and_shows_no_markup(browser):
    address = page(channel="email", name="preview")

    html = browser.post(
        address, form_of("<b>Hi</b>\n\n{when}", subject_line="On {date} <i>")
    ).content.decode()

    assert "&lt;b&gt;Hi&lt;/b&gt;" in html
    assert "&lt;i&gt;" in html
    assert browser.post(page(channel="email"), form_of()).status_code == 422


def test_an_old_copy_shows_what_the_words_say_now(browser):
    TemplateFactory(scope=0, body="{practice} theirs {phone}", edition=2)

    refused = browser.post(page(), form_of(edition="1"))
    html = refused.content.decode()
    again = browser.post(page(), form_of(edition="2"))

    assert refused.status_code == 409
    assert "{practice} theirs {phone}" in html
    assert f"{GOOD}</textarea>" in html
    assert 'name="edition" value="2"' in html
    assert (again.status_code, Template.objects.get().body) == (302, GOOD)


def test_back_to_ours_and_a_former_version_to_look_at(browser, ada):
    save(by=ada)
    version = AuditEntry.objects.get(act="template.changed").pk

    browser.post(page(name="revert"), {"change_id": uuid.uuid4()})

    shown = browser.get(f"{page()}?version={version}").content.decode()
    assert not Template.objects.own_words()
    assert f"{GOOD}</textarea>" in shown
    assert "Back to the words we bring along" in shown


def test_a_form_that_came_back_with_other_content_gets_a_fresh_id(browser):
    posted = form_of()
    browser.post(page(), posted)

    answer = browser.post(page(), posted | {"body": f"{GOOD} more"})

    assert answer.status_code == 422
    assert posted["change_id"] not in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        page("nothing"),
        page("confirmed", "voice"),
        page(language="fr"),
        f"{page()}?step=99999",
        f"{page()}?step=x",
    ],
)
def test_there_are_no_other_words(browser, address):
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_however_many_words(browser, rows, django_assert_num_queries):
    for _ in range(rows):
        TemplateFactory()
    browser.get(LIST)

    with django_assert_num_queries(2):  # user, own words
        assert "Message wording" in browser.get(LIST).content.decode()
