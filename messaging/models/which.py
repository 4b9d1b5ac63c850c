from django.db import models

from messaging.models.inbound import InboundMessage
from messaging.models.outbox import Message


class WhichQuestion(models.Model):
    """ "A or B?", asked because `inbound` could be about either; `meaning` is what they want of the one they choose."""

    inbound = models.OneToOneField(InboundMessage, on_delete=models.PROTECT, related_name="which")
    meaning = models.CharField(max_length=10)
    first = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"which {self.pk}"
