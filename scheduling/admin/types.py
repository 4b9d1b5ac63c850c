"""Appointment types in the admin; the same may be done in the app's settings."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from practice.admin import Audited
from scheduling.models import AppointmentType, TypeOffer


class TypeOfferInline(admin.TabularInline):
    model = TypeOffer
    extra = 0
    autocomplete_fields = ("provider",)


@admin.register(AppointmentType)
class AppointmentTypeAdmin(Audited):
    """A used type cannot be deleted: the database keeps it, the page says what uses it. Archive it instead."""

    list_display = (
        "name",
        "category",
        "duration_minutes",
        "buffer_after_minutes",
        "rate",
        "hue",
        "is_active",
    )
    list_filter = ("is_active", "category", "online_booking", "requires_authorization")
    search_fields = ("name", "cpt_code")
    readonly_fields = ("edition",)
    inlines = (TypeOfferInline,)

    def save_model(self, request: HttpRequest, obj: AppointmentType, form: ModelForm, change: Any) -> None:
        if change:
            obj.edition += 1
        super().save_model(request, obj, form, change)
