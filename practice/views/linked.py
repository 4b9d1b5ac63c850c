"""The door of client pages: a link instead of a sign-in.

Nothing is done on GET or HEAD, because mail scanners and link previews open every address. No cookie, script or
name is needed; the address holds a random token only, and nothing is kept by caches, referrers or search engines.
"""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import clock, throttle
from core.actors import Actor
from core.daywords import spoken
from core.links import LinkRefused
from practice.models import ClientContact, Link, Practice
from practice.operations.links import holder, opened
from practice.queries import the_practice
from practice.rules.client_words import words

# Of one address: a family behind one router, and somebody trying out tokens. Of one link: a restless thumb.
MOST_PER_ADDRESS, MOST_PER_LINK, WITHIN_SECONDS = 120, 60, 300

View = Callable[..., HttpResponse]


class LinkedRequest(HttpRequest):
    """For annotations only: Django makes the object, `linked` adds these."""

    link: Link
    holder: Actor
    language: str


def linked(*purposes: str, methods: tuple[str, ...] = ("GET", "HEAD", "POST")) -> Callable[[View], View]:
    """A page for whoever holds a link of one of these purposes; the view takes `token`."""

    def decorate(view: View) -> View:
        @wraps(view)
        @csrf_exempt  # there is no session to ride on: only who knows the address can post to it
        @login_not_required  # the link is the key
        @require_http_methods(list(methods))
        def guarded(request: LinkedRequest, token: str, **kwargs: object) -> HttpResponse:
            return _private(_answer(request, token, kwargs))

        def _answer(request: LinkedRequest, token: str, kwargs: dict) -> HttpResponse:
            if not _is_calm(request, token):
                return notice(request, "too_many", status=429)
            try:
                link = opened(token, *purposes, now=clock.now())
            except LinkRefused:
                return notice(request, "dead", status=404)
            request.link, request.holder = link, holder(link, via=link.channel or "portal")
            request.language = language_of(link)
            with translation.override(request.language):
                return view(request, token=token, **kwargs)

        return guarded

    return decorate


def language_of(link: Link) -> str:
    """The client's own; a contact's where the link is theirs."""
    owner: ClientContact | object = link.contact or link.client
    return spoken(getattr(owner, "language", ""))


def notice(request: HttpRequest, what: str, *, status: int, language: str = "") -> HttpResponse:
    """One calm page for everything that does not work, whatever the reason: nothing can be learnt from it."""
    language = language or spoken(request.headers.get("Accept-Language", ""))
    practice = the_practice()
    facts = page_facts(practice, language) | {"what": what}
    with translation.override(language):
        return render(request, "practice/link_notice.html", facts, status=status)


def page_facts(practice: Practice, language: str) -> dict:
    """What every client page needs."""
    return {
        "w": words(language),
        "language": language,
        "sender": practice.sender_name,
        "phone": practice.phone.as_national if practice.phone else "",
        "phone_uri": practice.phone.as_rfc3966 if practice.phone else "",
    }


def _is_calm(request: HttpRequest, token: str) -> bool:
    address = throttle.address_of(request, behind_proxy=settings.SECURE_PROXY_SSL_HEADER is not None)
    by_address = throttle.allows("client-pages", address, most=MOST_PER_ADDRESS, seconds=WITHIN_SECONDS)
    return by_address and throttle.allows("link", token, most=MOST_PER_LINK, seconds=WITHIN_SECONDS)


def _private(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
