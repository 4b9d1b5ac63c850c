"""What every admin page here has in common: its history is the audit trail, and some tables are only for reading."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import HttpRequest

from core import clock
from core.actors import Actor
from practice.operations import record
from practice.operations.audit import kind_of
from practice.queries import actor_for


def admin_actor(request: HttpRequest) -> Actor:
    return actor_for(request.user, via="admin")


class Audited(admin.ModelAdmin):
    """Acts go to the audit trail as ids and field names. Django's own log would keep names, so it stays empty."""

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        return self._noted("added", request, obj, None)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        return self._noted("changed", request, obj, {"fields": _fields_in(message)})

    def log_deletions(self, request: HttpRequest, queryset: Iterable[models.Model]) -> list[LogEntry]:
        return [self._noted("deleted", request, obj, None) for obj in queryset]

    def _noted(self, act: str, request: HttpRequest, obj: models.Model, after: dict | None) -> LogEntry:
        record(f"{kind_of(obj)}.{act}", obj, by=admin_actor(request), at=clock.now(), after=after)
        return LogEntry()  # unsaved: the caller only looks that there is one

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """A list of choices is ticked, not typed with commas; a web address without its scheme means https."""
        base = getattr(db_field, "base_field", None)
        if isinstance(db_field, ArrayField) and base is not None and base.choices:
            return forms.MultipleChoiceField(
                choices=base.choices,
                required=not db_field.blank,
                widget=forms.CheckboxSelectMultiple,
                label=str(db_field.verbose_name).capitalize(),
            )
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class ReadOnly(admin.ModelAdmin):
    """Looked at, never changed by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _fields_in(message: Any) -> list[str]:
    """Names from Django's structured change message, those of inline rows included."""
    parts = [part for entry in message or [] if isinstance(entry, dict) for part in entry.values()]
    return sorted(
        {str(name) for part in parts for name in part.get("fields", [part.get("name", "")]) if name}
    )
