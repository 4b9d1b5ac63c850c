"""Who may sign in to the demo, and with what: one password per installation, made from its secret key."""

from collections.abc import Mapping

from django.utils.crypto import salted_hmac

from practice.models import Provider, User
from practice.states import Role

UNDO_SECONDS = 5  # long enough to see Undo, short enough to see the message go
ACCOUNTS = [
    ("front desk", "desk@demo.test", "Fran Dale", [Role.FRONT_DESK], ""),
    ("provider", "provider@demo.test", "Maya Smith", [Role.PROVIDER], "Smith"),
    ("supervisor", "supervisor@demo.test", "Helen Osei", [Role.PROVIDER], "Osei"),
    ("billing", "billing@demo.test", "Lou Penn", [Role.BILLING], ""),
    ("admin", "admin@demo.test", "Ada North", [Role.ADMIN], ""),
]


def password() -> str:
    """Sixteen letters in four groups, the same as long as SECRET_KEY is."""
    digest = salted_hmac("config.demo.accounts", "sign-in", algorithm="sha256").digest()
    letters = "".join("abcdefghjkmnpqrstuvwxyz"[byte % 23] for byte in digest[:16])
    return "-".join(letters[n : n + 4] for n in range(0, 16, 4))


def make_accounts(providers: Mapping[str, Provider]) -> dict[str, User]:
    """`providers` by last name. Hashing is slow on purpose, so it is done once: they share the password anyway."""
    people = [
        User(
            email=email,
            name=name,
            roles=roles,
            provider=providers.get(provider),
            undo_seconds=UNDO_SECONDS,
        )
        for _, email, name, roles, provider in ACCOUNTS
    ]
    people[0].set_password(password())
    for person in people:
        person.password = people[0].password
        person.full_clean()
    return {person.email: person for person in User.objects.bulk_create(people)}


def sign_ins() -> list[dict[str, str]]:
    """Only of accounts that exist here."""
    here = set(User.objects.filter(email__in=[row[1] for row in ACCOUNTS]).values_list("email", flat=True))
    return [
        {"role": role, "email": email, "password": password()}
        for role, email, *_ in ACCOUNTS
        if email in here
    ]
