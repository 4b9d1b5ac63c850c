"""Visits in the admin: read-only rows; what may be done to them are operations, the same as on the calendar."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from core.actors import Actor
from core.refusals import Refusal
from practice.admin import ReadOnly, admin_actor
from scheduling import operations
from scheduling.models import Appointment, Attendance, ProviderDay, Series
from scheduling.states import CancelReason


class ActedOn(ReadOnly):
    """Runs one operation per chosen row and says how many went through and which were refused, and why."""

    def each(self, request: HttpRequest, rows: Iterable[Any], act: Callable[[Any, Actor], object]) -> None:
        by, done = admin_actor(request), 0
        for row in rows:
            try:
                act(row, by)
            except Refusal as refusal:
                self.message_user(request, f"{row}: {refusal.message}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, f"Done for {done}.", messages.SUCCESS)


class AttendanceInline(admin.TabularInline):
    model = Attendance
    extra = 0
    can_delete = False
    fields = ("client", "state", "confirmed_at", "arrived_at", "late_cancelled", "contact_state")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Appointment)
class AppointmentAdmin(ActedOn):
    list_display = ("id", "starts_at", "type", "provider", "room", "state", "source")
    list_filter = ("state", "type", "provider", "modality", "source", "cancel_reason")
    list_select_related = ("type", "provider", "room")
    search_fields = ("=id", "public_id", "attendances__client__record_number")
    date_hierarchy = "starts_at"
    show_full_result_count = False
    inlines = (AttendanceInline,)
    actions = ("cancel_at_client_request", "confirm_everybody", "complete")

    @admin.action(description="Cancel at the client's request")
    def cancel_at_client_request(self, request: HttpRequest, rows: QuerySet[Appointment]) -> None:
        def act(visit: Appointment, by: Actor) -> None:
            operations.cancel(visit.pk, reason=CancelReason.CLIENT_REQUEST, edition=visit.edition, by=by)

        self.each(request, rows, act)

    @admin.action(description="Confirm for everybody expected")
    def confirm_everybody(self, request: HttpRequest, rows: QuerySet[Appointment]) -> None:
        people = Attendance.objects.counted().filter(appointment__in=rows, confirmed_at__isnull=True)
        self.each(request, people, lambda person, by: operations.confirm(person.pk, by=by))

    @admin.action(description="Complete")
    def complete(self, request: HttpRequest, rows: QuerySet[Appointment]) -> None:
        self.each(
            request, rows, lambda visit, by: operations.complete(visit.pk, edition=visit.edition, by=by)
        )


@admin.register(Attendance)
class AttendanceAdmin(ActedOn):
    list_display = (
        "id",
        "appointment",
        "client_number",
        "state",
        "confirmed_at",
        "arrived_at",
        "contact_state",
    )
    list_filter = ("state", "confirmed_how", "contact_state", "late_cancelled")
    list_select_related = ("appointment", "client")
    search_fields = ("=id", "client__record_number")
    show_full_result_count = False
    actions = ("confirm", "check_in", "mark_absent")

    @admin.display(description="Client")
    def client_number(self, person: Attendance) -> str:
        return f"#{person.client.record_number}"

    @admin.action(description="Confirm")
    def confirm(self, request: HttpRequest, rows: QuerySet[Attendance]) -> None:
        self.each(request, rows, lambda row, by: operations.confirm(row.pk, edition=row.edition, by=by))

    @admin.action(description="Check in")
    def check_in(self, request: HttpRequest, rows: QuerySet[Attendance]) -> None:
        self.each(request, rows, lambda row, by: operations.check_in(row.pk, edition=row.edition, by=by))

    @admin.action(description="Did not come")
    def mark_absent(self, request: HttpRequest, rows: QuerySet[Attendance]) -> None:
        self.each(request, rows, lambda row, by: operations.mark_absent(row.pk, edition=row.edition, by=by))


@admin.register(Series)
class SeriesAdmin(ReadOnly):
    list_display = ("id", "rule", "starts_on", "local_time", "zone")
    search_fields = ("=id", "rule")


@admin.register(ProviderDay)
class ProviderDayAdmin(ReadOnly):
    list_display = ("provider", "on", "n")
    list_filter = ("provider",)
    list_select_related = ("provider",)
    date_hierarchy = "on"
