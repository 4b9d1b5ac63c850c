"""The Celery application. Tasks live in each app's tasks.py under explicit names."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stillwater")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule_filename = os.environ.get("CELERY_BEAT_FILE", ".local/beat")


@app.on_after_configure.connect
def set_schedule(sender, **_):
    from config.schedule import SCHEDULE  # noqa: PLC0415  read late: settings are configured by now

    sender.conf.beat_schedule = SCHEDULE
