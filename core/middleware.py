"""Plumbing of every request: caches told apart, idle sessions ended, parts of a page sent to sign-in as a whole."""

import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers

Next = Callable[[HttpRequest], HttpResponse]

LAST_ACT = "last_act"
STAMP_EVERY_SECONDS = 60


def vary_by_htmx(get_response: Next) -> Next:
    """A page and its part share a URL: tell caches the HX-Request header matters."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


class IdleTimeoutMiddleware:
    """Sign out after IDLE_SECONDS without an act. Polls (`core.htmx.poll`) are not acts.

    Uses the process's own clock: a session is not a fact of the practice, and moving the demo's clock
    must not sign people out.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        stamp = request.session.get(LAST_ACT)
        if stamp is not None and time.time() - stamp > settings.IDLE_SECONDS:
            logout(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> None:
        if not request.user.is_authenticated or getattr(view, "is_poll", False):
            return
        stamp, now = request.session.get(LAST_ACT), time.time()
        if stamp is None or now - stamp >= min(STAMP_EVERY_SECONDS, settings.IDLE_SECONDS / 4):
            request.session[LAST_ACT] = now


class SignInForPartsMiddleware:
    """An HTMX request that was sent to sign-in leaves the whole page, and comes back to where it was."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sign_in = resolve_url(settings.LOGIN_URL)
        if request.headers.get("HX-Request") != "true" or response.status_code != 302:
            return response
        if urlsplit(response["Location"]).path != sign_in:
            return response
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = here.path + (f"?{here.query}" if here.query else "")
        away = HttpResponse(status=204)
        away["HX-Redirect"] = f"{sign_in}?{urlencode({'next': back or '/'})}"
        return away
