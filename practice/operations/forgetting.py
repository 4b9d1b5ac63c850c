"""Former free text is kept for Undo and for nothing else."""

from core import clock
from practice.models import Change


def forget_texts() -> int:
    """Empty `Change.texts` where the undo window has closed; how many."""
    return Change.objects.filter(undo_until__lt=clock.now(), texts__isnull=False).update(texts=None)
