from django.contrib import admin
from django.http import HttpRequest

from reminders.models import Notice, Reminder, ReminderRule


@admin.register(ReminderRule)
class ReminderRuleAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "offset_minutes", "channels", "skip_in_weekly_series", "is_active")
    list_filter = ("kind", "is_active")


class ReadOnly(admin.ModelAdmin):
    """The plan is written by acts on visits; here it can only be looked at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Reminder)
class ReminderAdmin(ReadOnly):
    list_display = ("id", "attendance_id", "rule", "channel", "state", "falls_due_at", "reason")
    list_filter = ("state", "channel", "rule")
    list_select_related = ("rule",)
    date_hierarchy = "falls_due_at"


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ("id", "kind", "change_id", "not_before")
    list_filter = ("kind",)
