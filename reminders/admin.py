from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core import clock
from reminders.models import Notice, Reminder, ReminderRule, Replanning, RuleOverride
from reminders.operations.following import rules_changed


class RuleOverrideInline(admin.TabularInline):
    model = RuleOverride
    extra = 0


@admin.register(ReminderRule)
class ReminderRuleAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "offset_minutes", "at_time", "channels", "only_high_risk", "is_active")
    list_filter = ("kind", "is_active")
    exclude = ("edition",)  # raised by the acts of the settings page
    inlines = (RuleOverrideInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """With the exceptions beside it: the plans follow."""
        super().save_related(request, form, formsets, change)
        rules_changed(clock.now())


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


@admin.register(Replanning)
class ReplanningAdmin(ReadOnly):
    list_display = ("id", "asked_at", "visits", "finished_at")
