"""The link by which a client puts themselves on the list, and in which words it is sent."""

from __future__ import annotations

import datetime as dt

from django.utils.safestring import SafeString

from core import links
from core.links import Draft
from messaging import wordings
from messaging.models import Message, Template
from messaging.purposes import Decision, Send
from messaging.rules import speaking
from messaging.rules.wording import fitting, language_of, render, render_html, versions_of
from messaging.states import LIVE
from practice.models import AuditEntry, Client
from practice.queries import the_practice
from practice.states import Channel, LinkPurpose
from waitlist.queries.saying import office_of
from waitlist.rules.wordings import INVITED
from waitlist.states import INVITE

LINK_WORKS_FOR = dt.timedelta(days=30)


def own_link(client: Client, now: dt.datetime, *, channel: str = "") -> Draft:
    return links.draft(
        LinkPurpose.WAITLIST,
        client_id=client.pk,
        contact_id=None,
        subject=client.pk,
        expires_at=now + LINK_WORKS_FOR,
        channel=channel,
    )


def decide(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    """subjects: lines of the history that say who was invited: one may be invited again, and is told again."""
    lines = AuditEntry.objects.filter(pk__in=subjects, act="entry.invited")
    invited = dict(lines.values_list("pk", "subject_id"))
    clients = Client.objects.in_bulk([pk for pk in invited.values() if pk])
    live = Message.objects.filter(purpose=INVITE, subject__in=subjects, state__in=LIVE)
    channels = dict(live.values_list("subject", "channel"))
    return {
        pk: _said(clients[client], channels.get(pk, Channel.SMS), now)
        for pk, client in invited.items()
        if client in clients
    }


def _said(client: Client, channel: str, now: dt.datetime) -> Send:
    practice, language, wording = the_practice(), language_of(client.language), wordings.get(INVITED)
    if wording is None:
        raise LookupError(INVITED)
    office, link = office_of(practice), own_link(client, now, channel=channel)
    values = {
        "practice": office.sender,
        "link": link.url,
        "phone": office.phone,
        "questions": speaking.questions(office, language),
        "stop": speaking.STOP[language] if channel == Channel.SMS else "",
    }
    own = Template.objects.own_words()
    versions = versions_of(
        INVITED, scope=0, channel=channel, language=language, own=own, defaults=wording.defaults
    )
    words = fitting(versions, values) if channel == Channel.SMS else versions[0]
    text = render(words.text, values)
    if channel != Channel.EMAIL:
        return Send(text=text, links=(link,))
    html = SafeString(render_html(words.text, values))
    return Send(text=text + "\n", subject_line=render(words.subject_line, values), html=html, links=(link,))
