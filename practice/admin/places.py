"""The practice, its places and its providers."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from practice.admin.audited import Audited
from practice.models import Location, Practice, Provider, Room, RoomOutage


@admin.register(Practice)
class PracticeAdmin(Audited):
    list_display = ("name", "zone", "phone")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Practice.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Practice | None = None) -> bool:
        return False


class RoomInline(admin.TabularInline):
    model = Room
    extra = 0
    fields = ("name", "capacity", "is_accessible", "cleaning_minutes", "is_active")


@admin.register(Location)
class LocationAdmin(Audited):
    list_display = ("name", "address", "is_telehealth", "rooms_count", "is_active")
    list_filter = ("is_active", "is_telehealth")
    search_fields = ("name", "address")
    inlines = (RoomInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Location]:
        return super().get_queryset(request).annotate(rooms_total=Count("rooms"))

    @admin.display(description="Rooms", ordering="rooms_total")
    def rooms_count(self, location: Location) -> int:
        return location.rooms_total  # type: ignore[attr-defined]  # annotated above


class OutageInline(admin.TabularInline):
    model = RoomOutage
    extra = 0


@admin.register(Room)
class RoomAdmin(Audited):
    list_display = ("name", "location", "capacity", "is_accessible", "cleaning_minutes", "is_active")
    list_filter = ("location", "is_active", "is_accessible")
    list_select_related = ("location",)
    search_fields = ("name", "location__name")
    inlines = (OutageInline,)


@admin.register(Provider)
class ProviderAdmin(Audited):
    list_display = ("name", "credentials", "supervisor", "accepts_new_clients", "hue", "is_active")
    list_filter = ("is_active", "accepts_new_clients", "locations", "supervision_required")
    list_select_related = ("supervisor",)
    search_fields = ("first_name", "last_name", "credentials")
    autocomplete_fields = ("supervisor",)
    filter_horizontal = ("locations",)
    readonly_fields = ("public_id",)
