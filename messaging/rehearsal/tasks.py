"""The stand-in's own time: what a carrier does after it has answered."""

from celery import shared_task
from django.conf import settings

from core import clock
from messaging.rehearsal import callbacks


@shared_task(name="messaging.rehearsal_callbacks", ignore_result=True)
def rehearsal_callbacks() -> None:
    if settings.REHEARSAL:
        callbacks.post_due(clock.now())
