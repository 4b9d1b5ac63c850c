"""The standing cast: who is who in every test of permissions. Loaded by the conftest at the root.

`provider` and `colleague` are Providers who also sign in (their user is `provider.user`); `front_desk`,
`biller`, `admin_user` are Users; `regular` is `provider`'s client, `stranger` only `colleague`'s.
"""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from core.actors import Actor
from messaging.models import accounts
from practice import models
from practice.queries import actor_for
from practice.states import Role
from practice.tests.factories import (
    CareTeamFactory,
    ClientFactory,
    PracticeFactory,
    ProviderFactory,
    UserFactory,
)

Who = models.User | models.Provider


@pytest.fixture(autouse=True)
def accounts_read_anew():
    """A process keeps the carriers' accounts for seconds of the real clock; what a test set up in them is rolled back,
    and must not decide for a moment longer whom the next test can text.
    """
    accounts._kept.clear()


@pytest.fixture
def practice(db) -> models.Practice:
    return PracticeFactory()


@pytest.fixture
def provider(practice) -> models.Provider:
    row = ProviderFactory(title="Dr.", first_name="Maya", last_name="Smith")
    UserFactory(provider=row, name="Maya Smith", email="maya@example.org")
    return row


@pytest.fixture
def colleague(practice) -> models.Provider:
    row = ProviderFactory(first_name="Owen", last_name="Brandt", credentials="LCSW")
    UserFactory(provider=row, name="Owen Brandt", email="owen@example.org")
    return row


@pytest.fixture
def front_desk(practice) -> models.User:
    return UserFactory(name="Fran Desk", email="fran@example.org", roles=[Role.FRONT_DESK])


@pytest.fixture
def biller(practice) -> models.User:
    return UserFactory(name="Bill Ing", email="bill@example.org", roles=[Role.BILLING])


@pytest.fixture
def admin_user(practice) -> models.User:
    return UserFactory(name="Ada Min", email="ada@example.org", roles=[Role.ADMIN])


@pytest.fixture
def regular(provider) -> models.Client:
    row = ClientFactory(first_name="Rita", last_name="Regular", record_number="R-REGULAR")
    CareTeamFactory(provider=provider, client=row)
    return row


@pytest.fixture
def stranger(colleague) -> models.Client:
    row = ClientFactory(first_name="Stan", last_name="Stranger", record_number="R-STRANGER")
    CareTeamFactory(provider=colleague, client=row)
    return row


def user_of(who: Who) -> models.User:
    return who.user if isinstance(who, models.Provider) else who


@pytest.fixture
def actor() -> Callable[[Who], Actor]:
    """`actor(front_desk)`, `actor(provider)`: the Actor their browser would be."""
    return lambda who, via="web": actor_for(user_of(who), via=via)


@pytest.fixture
def signed_in() -> Callable[[Who], Browser]:
    """`signed_in(front_desk).get(…)`: each call is another browser."""

    def browser(who: Who) -> Browser:
        fresh = Browser()
        fresh.force_login(user_of(who))
        return fresh

    return browser
