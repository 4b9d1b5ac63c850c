"""How allauth behaves here: nobody signs up by themselves; an admin makes every account."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from core.encrypted import box
from practice.models import User


class ClosedSignup(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class StaffBackend(AuthenticationBackend):
    """Signs in as allauth does. Whose session it is, every request asks: by hand, for the ORM is slow to word it."""

    def get_user(self, user_id: int) -> User | None:
        user = next(iter(User.objects.raw("SELECT * FROM practice_user WHERE id = %s", [user_id])), None)
        return user if user and self.user_can_authenticate(user) else None


class SealedFactors(DefaultMFAAdapter):
    """Second-factor secrets lie encrypted in the table, like every other secret here."""

    def encrypt(self, text: str) -> str:
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return box().decrypt(encrypted_text.encode()).decode()


def typed_email(request: HttpRequest | None, credentials: dict | None) -> str:
    """The name axes counts failures under: the email as typed, without case."""
    typed = (credentials or {}).get("email") or (request.POST.get("login") if request else "")
    return str(typed or "").strip().lower()
