from typing import ClassVar

from django.db import models

from messaging.querysets import TemplateQuerySet
from messaging.rules.wording import LANGUAGES
from messaging.states import Variant
from practice.states import Channel


class Template(models.Model):
    """The practice's own words for one thing it says; without a row, or with an empty one, ours are used.

    `key` is a registered wording. `scope` is opaque here: 0 for all, else the reminder step these are for.
    `variant`: the second words stand beside the first, and half of the clients get them, to see which serve better.
    No free text of a person: the whole row stands in the audit trail, which is where former versions are read.
    """

    key = models.CharField(max_length=40)
    scope = models.PositiveBigIntegerField(default=0)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    language = models.CharField(max_length=5, choices=list(LANGUAGES.items()))
    variant = models.CharField(max_length=1, choices=Variant.choices, blank=True, default=Variant.FIRST)
    subject_line = models.CharField(max_length=120, blank=True)
    body = models.TextField(blank=True, max_length=1600)
    edition = models.PositiveIntegerField(default=1)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["key", "scope", "channel", "language"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "scope", "channel", "language", "variant"], name="messaging_template_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.channel} {self.language} {self.variant}".rstrip()
