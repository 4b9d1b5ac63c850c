import pytest

from messaging.carriers.line import client, hang_up
from messaging.models import RehearsalMessage, RehearsalSettings
from messaging.rehearsal import ledger


@pytest.fixture
def rehearsing(settings):
    settings.REHEARSAL = True
    settings.TWILIO_ACCOUNT_SID = "AC" + "1" * 32
    settings.TWILIO_AUTH_TOKEN = "rehearsal-token"
    settings.TWILIO_FROM_NUMBER = "+12025550100"
    return settings


@pytest.fixture
def carrier(rehearsing, live_server):
    """The real twilio client, pointed at the stand-in over HTTP."""
    rehearsing.PUBLIC_BASE_URL = live_server.url
    rehearsing.TWILIO_API_BASE_URL = f"{live_server.url}/rehearsal/twilio"
    yield client(timeout=5)
    hang_up()  # the live server keeps a database connection as long as somebody holds the line


@pytest.fixture
def wrong(db):
    """`wrong(busy_percent=100)`: set a fault."""
    return lambda **faults: RehearsalSettings.objects.update_or_create(pk=1, defaults=faults)


@pytest.fixture
def text(rehearsing, db):
    """`text(body=…)`: a text the stand-in took, through its own door."""

    def take(**given) -> RehearsalMessage:
        words = {"to": "+12025550117", "sender": "+12025550100", "body": "Hello", "callback_url": ""}
        return ledger.take(**{**words, **given})

    return take
