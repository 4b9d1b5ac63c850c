"""For looking, not for doing: what a message went through is the dispatcher's to write. Texts are not shown."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from messaging.models import (
    Attempt,
    Consent,
    InboundMessage,
    Message,
    ProviderEvent,
    StaffTask,
    Suppression,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Every column but the texts, none to be changed. Subclasses name what to leave out in `exclude`."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "purpose",
        "subject",
        "channel",
        "klass",
        "state",
        "reason",
        "send_at",
        "attempts_made",
    )
    list_filter = ("state", "channel", "klass", "purpose")
    date_hierarchy = "created_at"
    exclude = ("portal_text",)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "message",
        "provider",
        "state",
        "http_status",
        "error_code",
        "last_status",
        "started_at",
    )
    list_filter = ("state", "provider", "last_status")
    search_fields = ("provider_sid",)
    exclude = ("text",)


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "provider", "kind", "dedupe_key", "received_at", "processed_at", "outcome")
    list_filter = ("kind", "outcome")
    search_fields = ("dedupe_key",)
    exclude = ("body",)


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "effect", "question", "received_at")
    list_filter = ("effect",)
    exclude = ("text",)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("id", "client_id", "contact_id", "channel", "granted", "source", "at", "by_kind", "by_id")
    list_filter = ("channel", "granted", "source")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("id", "channel", "reason", "at", "lifted_at")
    list_filter = ("channel", "reason")


@admin.register(StaffTask)
class StaffTaskAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "client_id", "created_at", "done_at", "done_by")
    list_filter = ("kind",)
