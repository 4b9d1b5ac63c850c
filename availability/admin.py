"""Hours for who prefers tables. Every save goes through the operations: permission, overlap, audit and news.

Exceptions and closures are added and taken away, never edited: a date that changed is another fact.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from availability import operations
from availability.models import Closure, DatedException, WeeklyBlock
from core.actors import Actor
from core.refusals import Refusal
from practice.queries import actor_for


def _actor(request: HttpRequest) -> Actor:
    return actor_for(request.user, via="admin")


class ThroughOperations(admin.ModelAdmin):
    """A refusal is said at the top of the page one came from; nothing is written then."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_say_why(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_say_why(request, super().delete_view, *args, **kwargs)

    def _or_say_why(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            self.delete_model(request, row)


@admin.register(WeeklyBlock)
class WeeklyBlockAdmin(ThroughOperations):
    list_display = (
        "provider",
        "weekday",
        "starts_at",
        "ends_at",
        "location",
        "every_weeks",
        "effective_from_on",
    )
    list_filter = ("weekday", "location", "provider")
    list_select_related = ("provider", "location")

    def save_model(self, request: HttpRequest, obj: WeeklyBlock, form: forms.ModelForm, change: bool) -> None:
        operations.save_block(obj, by=_actor(request))

    def delete_model(self, request: HttpRequest, obj: WeeklyBlock) -> None:
        operations.remove_block(obj.pk, by=_actor(request))


class AddedAndTakenAway(ThroughOperations):
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(DatedException)
class DatedExceptionAdmin(AddedAndTakenAway):
    list_display = ("provider", "on", "kind", "starts_at", "ends_at", "reason")
    list_filter = ("kind", "provider")
    list_select_related = ("provider",)
    date_hierarchy = "on"

    def save_model(
        self,
        request: HttpRequest,
        obj: DatedException,
        form: forms.ModelForm,
        change: bool,
    ) -> None:
        facts = {
            name: getattr(obj, name)
            for name in ("on", "kind", "starts_at", "ends_at", "location_id", "reason")
        }
        acted = operations.add_exception(obj.provider_id, **facts, by=_actor(request))
        obj.pk = acted.row.pk

    def delete_model(self, request: HttpRequest, obj: DatedException) -> None:
        operations.remove_exception(obj.pk, by=_actor(request))


@admin.register(Closure)
class ClosureAdmin(AddedAndTakenAway):
    list_display = ("reason", "first_on", "last_on", "location")
    list_select_related = ("location",)
    date_hierarchy = "first_on"

    def save_model(self, request: HttpRequest, obj: Closure, form: forms.ModelForm, change: bool) -> None:
        facts = {name: getattr(obj, name) for name in ("first_on", "last_on", "reason", "location_id")}
        obj.pk = operations.add_closure(**facts, by=_actor(request)).row.pk

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        operations.remove_closure(obj.pk, by=_actor(request))
