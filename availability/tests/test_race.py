"""The provider's lock is what keeps two overlapping blocks apart: no constraint could."""

import datetime as dt
import threading

import pytest
from django.db import connection

from availability.models import WeeklyBlock
from availability.operations import save_block
from availability.tests.factories import WeeklyBlockFactory
from core.actors import SYSTEM
from core.refusals import Refusal
from practice.tests.factories import PracticeFactory, ProviderFactory

CONTENDERS = 6


@pytest.mark.django_db(transaction=True)
def test_of_many_overlapping_blocks_at_once_one_stands():
    PracticeFactory()
    provider = ProviderFactory()
    start, outcomes = threading.Barrier(CONTENDERS), []

    def contend(minute: int) -> None:
        row = WeeklyBlockFactory.build(provider=provider, starts_at=dt.time(9, minute))
        try:
            start.wait()
            save_block(row, by=SYSTEM)
            outcomes.append("saved")
        except Refusal as refusal:
            outcomes.append("refused" if "overlaps" in refusal.message else refusal.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=contend, args=[minute]) for minute in range(CONTENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused"] * (CONTENDERS - 1) + ["saved"]
    assert WeeklyBlock.objects.count() == 1
