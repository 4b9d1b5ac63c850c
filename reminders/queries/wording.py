"""The practice's words filled with a visit's facts, at the moment of sending: a text, a mail, what a call says."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.links import Draft
from messaging import wordings
from messaging.models import Message, Template
from messaging.purposes import Send
from messaging.queries import codes_on
from messaging.rules.wording import (
    Own,
    Words,
    compared_at,
    draws_second,
    fitting,
    known,
    label_of,
    language_of,
    names_in,
    render_html,
    versions_of,
)
from messaging.rules.wording import render as filled
from messaging.states import LIVE, Variant
from practice.models import Practice
from practice.rules.client_words import words as words_of
from practice.states import Channel, Modality
from reminders.rules import texts
from reminders.rules.texts import Asking, Facts, Office, When
from scheduling.models import Appointment, Attendance
from scheduling.queries.told import invitation_to, is_off, visit_link, zone_told


def office_of(practice: Practice) -> Office:
    return Office(
        sender=practice.sender_name,
        phone=practice.phone.as_national if practice.phone else "",
        h24=practice.clock_24h,
        notice_hours=practice.cancellation_notice_hours,
    )


def when_of(attendance: Attendance, practice: Practice, language: str = "en") -> When:
    return When(
        start=attendance.appointment.starts_at, zone=zone_told(attendance, practice), language=language
    )


def place_of(visit: Appointment) -> str:
    """For mails and the portal; a text never says where, unless the practice writes that it does."""
    if visit.modality != Modality.IN_PERSON or visit.location is None:
        return ""
    return ", ".join(part for part in (visit.location.name, visit.location.address) if part)


def first_contacts(purpose: str, subjects: Collection[int]) -> dict[int, bool]:
    """Whether the text about each subject is the first this address ever gets from us."""
    addresses = dict(
        Message.objects.filter(
            purpose=purpose, subject__in=subjects, channel=Channel.SMS, state__in=LIVE
        ).values_list("subject", "address")
    )
    known_ones = set(
        Message.objects.filter(
            channel=Channel.SMS, address__in=addresses.values(), accepted_at__isnull=False
        ).values_list("address", flat=True)
    )
    return {subject: address not in known_ones for subject, address in addresses.items()}


def reply_codes(purpose: str, subjects: Collection[int]) -> dict[int, str]:
    """The code of each text that goes to a number several clients share."""
    texts_out = Message.objects.filter(
        purpose=purpose, subject__in=subjects, channel=Channel.SMS, state__in=LIVE
    ).values_list("subject", "address", "client_id")
    codes = codes_on({address for _, address, _ in texts_out})
    return {subject: codes.get(address, {}).get(client or 0, "") for subject, address, client in texts_out}


@dataclass(frozen=True, slots=True)
class Speaker:
    """The practice as it speaks now: its office and its own words, read once for one round of decisions."""

    practice: Practice
    office: Office
    own: Own
    second: Own

    @classmethod
    def of(cls, practice: Practice) -> "Speaker":
        words = Template.objects
        return cls(practice, office_of(practice), words.own_words(), words.own_words(Variant.SECOND))

    def facts(
        self, people: Iterable[Attendance], *, asking: Asking | None = None, is_first: bool = False, link: str = ""
    ) -> Facts:  # fmt: skip
        """Of the visits of one client, in the client's own language."""
        told = sorted(people, key=lambda person: person.appointment.starts_at)
        visit, client = told[0].appointment, told[0].client
        return Facts(
            whens=[when_of(person, self.practice, language_of(client.language)) for person in told],
            office=self.office,
            client=client.preferred_name or client.first_name,
            provider=str(visit.provider or ""),
            place=place_of(visit),
            link=link,
            asking=asking or Asking(is_confirmed=told[0].confirmed_at is not None),
            is_first=is_first,
        )

    def tell(
        self, person: Attendance, key: str, channel: str, facts: Facts, *, contact_id: int | None, scope: int = 0
    ) -> Send:  # fmt: skip
        """`say` about one visit: a mail brings its link and its calendar entry along."""
        if channel != Channel.EMAIL:
            return self.say(key, channel, facts, scope=scope, client_id=person.client_id)
        language = facts.whens[0].language
        entry = invitation_to(person, self.practice, language=language)
        if is_off(person):
            return replace(self.say(key, channel, facts, scope=scope), invitation=entry)
        link = visit_link(person, contact_id=contact_id, channel=channel)
        facts = replace(facts, link=link.url)
        said = self.say(key, channel, facts, scope=scope, client_id=person.client_id)
        return with_acts(replace(said, invitation=entry), link, language, asks=not facts.asking.is_confirmed)

    def say(
        self, key: str, channel: str, facts: Facts, *, scope: int = 0, client_id: int | None = None
    ) -> Send:
        """`key` is a registered wording, `scope` the step of the schedule. In the language of the facts.

        client_id: whose draw it is where two sets of words are compared; without it the first are used.
        """
        language = facts.whens[0].language
        values = texts.values(facts, channel=channel, language=language)
        wording = wordings.get(key)
        if wording is None:
            raise LookupError(f"no wording {key!r}")
        asked: dict[str, Any] = {"scope": scope, "channel": channel, "language": language, "own": self.own}
        place = compared_at(key, **asked, second=self.second) if client_id is not None else None
        if place and draws_second(label_of(place), client_id or 0):
            second = said(self.second[place], values, channel=channel)
            return replace(second, compared=label_of(place), variant=Variant.SECOND)
        versions = versions_of(key, **asked, defaults=wording.defaults)
        words = fitting(versions, values) if channel == Channel.SMS else versions[0]
        return replace(said(words, values, channel=channel), compared=label_of(place) if place else "")


def said(words: Words, values: dict[str, str], *, channel: str) -> Send:
    """The words with their variables filled, as the carrier gets them."""
    text = filled(words.text, values)
    if channel == Channel.SMS:
        return Send(text=_with_opt_out(text, words, values))
    if channel == Channel.VOICE:
        return Send(text=text)
    return Send(
        text=text + "\n",
        subject_line=filled(words.subject_line, values).replace("\n", " "),
        html=SafeString(render_html(words.text, values)),  # escaped there, word by word
    )


def with_acts(said: Send, link: Draft, language: str, *, asks: bool) -> Send:
    """Below the words, what may be done about the visit: pages that ask once more, never acts of their own."""
    facts = {"w": words_of(language), "url": link.url, "asks": asks, "body": said.html}
    return replace(
        said,
        text=said.text + render_to_string("reminders/mail_acts.txt", facts),
        html=render_to_string("reminders/mail.html", facts),
        links=(link,),
    )


def _with_opt_out(text: str, words: Words, values: dict[str, str]) -> str:
    """The first text to a number says how to opt out, whatever the practice wrote."""
    says_it = "stop" in {known(name) for name in names_in(words.text)}
    return text if says_it or not values["stop"] else f"{text} {values['stop']}"
