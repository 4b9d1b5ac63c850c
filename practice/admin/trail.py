"""Changes and the audit trail: read, never written by hand."""

from django.contrib import admin

from practice.admin.audited import ReadOnly
from practice.models import AuditEntry, Change


@admin.register(Change)
class ChangeAdmin(ReadOnly):
    list_display = ("at", "act", "actor_kind", "actor_id", "via", "undone_at")
    list_filter = ("act", "actor_kind", "via")
    search_fields = ("id",)
    exclude = ("texts", "digest")
    date_hierarchy = "at"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "act", "subject_kind", "subject_id", "actor_kind", "actor_id", "via")
    list_filter = ("subject_kind", "actor_kind", "via")
    search_fields = ("act", "=subject_id")
    date_hierarchy = "at"
    show_full_result_count = False
