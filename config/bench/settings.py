"""What the bench's own web server and workers run with: production's settings, but for three things said here.

The bench starts them with DEBUG=0, so templates, static files, cookies and queries are handled as in production.
"""

from config.settings import *  # noqa: F403  these are those settings
from config.settings import CACHES, CELERY_BROKER_TRANSPORT_OPTIONS, MIDDLEWARE, STORAGES

# 1. The bench's now is the moment its practice opens on; outside the bench only DEBUG may move the clock.
CLOCK_MOVABLE = True

# 2. Queries are counted: last, so that all other middleware has had its say before the view begins.
MIDDLEWARE = [*MIDDLEWARE, "config.bench.counting.CountQueries"]

# 3. No `collectstatic` needed: addresses of static files are made without their hash.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True

# Sessions and nudges of their own: a `make run` beside us must not take our work, nor we its.
BROKER_PREFIX = "bench:"
CACHES = {"default": CACHES["default"] | {"KEY_PREFIX": "bench"}}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,
    "global_keyprefix": BROKER_PREFIX,  # type: ignore[dict-item]
}
