"""How allauth behaves here: nobody signs up by themselves; an admin makes every account."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def typed_email(request: HttpRequest | None, credentials: dict | None) -> str:
    """The name axes counts failures under: the email as typed, without case."""
    typed = (credentials or {}).get("email") or (request.POST.get("login") if request else "")
    return str(typed or "").strip().lower()
