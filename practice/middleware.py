"""Who acts, on every request: `request.actor`; and nobody runs the practice without a second factor."""

import datetime as dt
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.defaults import permission_denied

from core.actors import Actor
from core.refusals import NotAllowed
from practice.models import Practice, User
from practice.queries import actor_for


class StaffRequest(HttpRequest):
    """What a signed-in page receives. For annotations only: Django makes the object, ActorMiddleware adds `actor`."""

    actor: Actor
    user: User


Next = Callable[[HttpRequest], HttpResponse]

# Pages an admin needs to get a second factor, or to leave.
OPEN_BEFORE_SECOND_FACTOR = frozenset(
    {
        "mfa_activate_totp",
        "account_reauthenticate",
        "account_logout",
        "account_login",
        "practice:stay",
        "favicon",
    }
)


class ActorMiddleware:
    """Adds `request.actor`; and answers 403 to a NotAllowed that a view did not put into words of its own."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_for(request.user, via="web"))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return permission_denied(request, error) if isinstance(error, NotAllowed) else None


class SecondFactorMiddleware:
    """An admin without a second factor is sent to set one up, wherever they wanted to go."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        if not settings.MFA_REQUIRED_FOR_ADMINS or not getattr(request.user, "is_staff", False):
            return None
        match = request.resolver_match
        if (match and match.view_name in OPEN_BEFORE_SECOND_FACTOR) or is_mfa_enabled(request.user):
            return None
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": resolve_url("mfa_activate_totp")})
        return redirect("mfa_activate_totp")


class AdminZoneMiddleware:
    """The Django admin reads and writes times in the practice's zone; our own pages convert by themselves."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> None:
        if request.resolver_match and request.resolver_match.app_name == "admin":
            practice = Practice.objects.first()
            timezone.activate(practice.tz if practice else dt.UTC)
