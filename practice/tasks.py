from celery import shared_task

from core import clock
from practice.importing.carrying import run_waiting
from practice.operations import links
from practice.operations.forgetting import forget_texts
from practice.operations.runs import forget_files

HOURS = 3600


@shared_task(name="practice.forget_texts")
def forget_former_texts() -> None:
    forget_texts()
    forget_files()
    links.sweep(clock.now())


# Far above the limit of other tasks: an import is one transaction, however long the file.
@shared_task(name="practice.run_imports", time_limit=6 * HOURS)
def run_imports() -> None:
    run_waiting()
