"""Decided again at the moment of sending: is the offer still open, and in which words. Only reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from core import links
from core.links import Draft
from messaging import wordings
from messaging.models import InboundMessage, Message, Template
from messaging.purposes import Decision, Send, Skip, Topic
from messaging.queries import codes_on
from messaging.rules import speaking
from messaging.rules.speaking import Office, When
from messaging.rules.wording import (
    Own,
    fitting,
    known,
    language_of,
    names_in,
    render,
    render_html,
    versions_of,
)
from practice.models import Client, Practice
from practice.queries import the_practice
from practice.states import Channel, LinkPurpose, Modality
from scheduling.models import Appointment, Attendance
from scheduling.states import AppointmentState
from waitlist.models import Offer
from waitlist.rules.wordings import (
    BOOKED,
    CALL_US,
    CHOICES,
    CHOICES_SHORT,
    CHOICES_SPOKEN,
    GONE,
    OF_PLACES,
    OFFERED,
    PASSED,
)
from waitlist.states import TOLD, OfferState

LOADED = ("appointment__location", "appointment__provider", "client", "contact", "span")
# An answered offer's page still says what became of it.
LINK_WORKS_AFTER = dt.timedelta(days=2)
SAID = {
    OfferState.ACCEPTED: BOOKED,
    OfferState.DECLINED: PASSED,
    OfferState.LOST: GONE,
    OfferState.WITHDRAWN: GONE,
    OfferState.EXPIRED: GONE,
}


def decide_offers(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    offers = _offers(subjects)
    voice = Speaker.of(offers, now)
    return {offer.pk: _offer(offer, voice) for offer in offers}


def _offer(offer: Offer, voice: Speaker) -> Decision:
    visit, kept = offer.appointment, AppointmentState.SCHEDULED if offer.seats else AppointmentState.HELD
    if offer.state != OfferState.OUT or visit.state != kept or offer.expires_at <= voice.now:
        return Skip("The offer is over")
    return voice.say(OFFERED, offer, with_link=True)


def decide_told(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    """By what became of the offer; one that is open again was taken back by Undo."""
    offers = _offers(subjects)
    voice = Speaker.of(offers, now)
    return {
        offer.pk: voice.say(
            SAID[OfferState(offer.state)], offer, with_link=offer.state == OfferState.DECLINED
        )
        if offer.state in SAID
        else Skip("The offer is open again")
        for offer in offers
    }


def decide_late(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    """subjects: texts that answered an offer which could not be had any more, or not by text."""
    rows = InboundMessage.objects.filter(pk__in=subjects, question__isnull=False).select_related("question")
    of = {row.pk: row.question.subject for row in rows if row.question}
    offers = {offer.pk: offer for offer in _offers(of.values())}
    voice = Speaker.of(offers.values(), now)
    return {pk: voice.say(_late(offers[offer]), offers[offer]) for pk, offer in of.items() if offer in offers}


def _late(offer: Offer) -> str:
    if offer.state == OfferState.OUT:
        return CALL_US
    return BOOKED if is_theirs(offer) else GONE


def is_theirs(offer: Offer) -> bool:
    """They said yes; or staff gave them the very place by hand before they could."""
    coming = Attendance.objects.counted().filter(appointment=offer.appointment_id, client=offer.client_id)
    return offer.state == OfferState.ACCEPTED or (offer.seats is not None and coming.exists())


def topics(subjects: list[int], now: dt.datetime) -> dict[int, Topic]:
    """Open ones; and those that ended unanswered, until they were told so, that a late yes is understood."""
    told = Message.objects.filter(purpose=TOLD, subject__in=subjects).values("subject")
    offers = Offer.objects.filter(pk__in=subjects, appointment__starts_at__gt=now).exclude(
        state__in=[OfferState.ACCEPTED, OfferState.DECLINED, OfferState.UNSENT]
    )
    open_ones = offers.filter(state=OfferState.OUT) | offers.exclude(pk__in=told)
    practice = the_practice()
    return {offer.pk: _topic(offer, practice) for offer in open_ones.select_related(*LOADED)}


def _topic(offer: Offer, practice: Practice) -> Topic:
    when = When(
        start=offer.appointment.starts_at,
        zone=zone_of(offer, practice),
        language=language_of(offer.client.language),
    )
    return Topic(
        about=("offer", offer.pk),
        starts_at=offer.appointment.starts_at,
        label=when.at(Office(sender="", h24=practice.clock_24h)),
    )


def _offers(subjects: Iterable[int]) -> list[Offer]:
    rows = Offer.objects.filter(pk__in=list(subjects)).select_related(*LOADED)
    return list(rows.defer("appointment__blocked", "appointment__room_span"))


def zone_of(offer: Offer, practice: Practice) -> ZoneInfo:
    """The location's for who comes in, by video or phone the client's own. Twin: `scheduling.queries.told`."""
    visit, own = offer.appointment, offer.client.zone
    place = visit.location.zone if visit.location else ""
    if visit.modality == Modality.IN_PERSON or not own:
        return ZoneInfo(place) if place else practice.tz
    return ZoneInfo(own)


def offer_link(offer: Offer) -> Draft:
    return links.draft(
        LinkPurpose.OFFER,
        client_id=offer.client_id,
        contact_id=offer.contact_id,
        subject=offer.pk,
        expires_at=offer.appointment.starts_at + LINK_WORKS_AFTER,
        channel=offer.channel,
    )


@dataclass(frozen=True, slots=True)
class Speaker:
    """The practice as it speaks now, and to whom it has spoken: read once for one round."""

    practice: Practice
    own: Own
    codes: Mapping[str, Mapping[int, str]]
    known: frozenset[str]
    now: dt.datetime

    @classmethod
    def of(cls, offers: Iterable[Offer], now: dt.datetime) -> Speaker:
        addresses = {offer.address for offer in offers if offer.channel == Channel.SMS}
        heard = Message.objects.filter(channel=Channel.SMS, address__in=addresses, accepted_at__isnull=False)
        return cls(
            the_practice(),
            Template.objects.own_words(),
            codes_on(addresses) if addresses else {},
            frozenset(heard.values_list("address", flat=True)) if addresses else frozenset(),
            now,
        )

    def say(self, key: str, offer: Offer, *, with_link: bool = False) -> Send:
        language = language_of((offer.contact or offer.client).language)
        key = OF_PLACES.get(key, key) if offer.seats else key
        wording = wordings.get(key)
        if wording is None:
            raise LookupError(f"no wording {key!r}")
        channel = offer.channel if (offer.channel, language) in wording.defaults else str(Channel.SMS)
        link = offer_link(offer) if with_link else None
        values = self._values(offer, language, link.url if link else "")
        versions = versions_of(
            key, scope=0, channel=channel, language=language, own=self.own, defaults=wording.defaults
        )
        words = fitting(versions, values) if channel == Channel.SMS else versions[0]
        text = render(words.text, values)
        if values["stop"] and "stop" not in {known(name) for name in names_in(words.text)}:
            text = f"{text} {values['stop']}"
        said = (link,) if link and link.url in text else ()
        if offer.channel != Channel.EMAIL:
            return Send(text=text, links=said)
        subject = render(words.subject_line, values).replace("\n", " ") or values["practice"]
        html = SafeString(render_html(words.text, values))
        return Send(text=text + "\n", subject_line=subject, html=html, links=said)

    def _values(self, offer: Offer, language: str, link: str) -> dict[str, str]:
        """Variable → words. Mails and calls say dates in full, texts in short."""
        office, visit = office_of(self.practice), offer.appointment
        zone = zone_of(offer, self.practice)
        when = When(start=visit.starts_at, zone=zone, language=language)
        is_text = offer.channel == Channel.SMS
        code = self.codes.get(offer.address, {}).get(offer.client_id, "") if is_text else ""
        spoken = CHOICES_SPOKEN if offer.channel == Channel.VOICE else CHOICES
        return {
            "practice": office.sender,
            "client": first_name(offer.client),
            "provider": str(visit.provider or ""),
            "when": when.at(office) if is_text else when.long(office),
            "times": when.at(office) if is_text else when.long(office),
            "date": when.day,
            "day": when.weekday,
            "time": when.clock(office),
            "location": place_of(visit),
            "phone": office.phone,
            "questions": speaking.questions(office, language),
            "call": speaking.call(office, language),
            "choices": spoken[language].format(code),
            "choices_short": CHOICES_SHORT[language].format(code),
            "code": code,
            "link": link,
            "hours": str(office.notice_hours),
            "until": self.until(offer, zone, language, office),
            "stop": speaking.STOP[language] if is_text and offer.address not in self.known else "",
        }

    def until(self, offer: Offer, zone: ZoneInfo, language: str, office: Office) -> str:
        """The clock alone where that is today."""
        end = When(start=offer.expires_at, zone=zone, language=language)
        is_today = end.local.date() == self.now.astimezone(zone).date()
        return end.clock(office) if is_today else end.at(office)


def office_of(practice: Practice) -> Office:
    return Office(
        sender=practice.sender_name,
        phone=practice.phone.as_national if practice.phone else "",
        h24=practice.clock_24h,
        notice_hours=practice.cancellation_notice_hours,
    )


def place_of(visit: Appointment) -> str:
    """For mails; a text never says where."""
    if visit.modality != Modality.IN_PERSON or visit.location is None:
        return ""
    return ", ".join(part for part in (visit.location.name, visit.location.address) if part)


def first_name(client: Client) -> str:
    return client.preferred_name or client.first_name
