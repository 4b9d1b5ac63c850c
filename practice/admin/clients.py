"""Client records in the admin. What is encrypted is never shown here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from core import clock
from practice.admin.audited import Audited, admin_actor
from practice.models import Address, Authorization, CareTeam, Client, ClientContact
from practice.operations import record_view
from practice.signals import reach_changed

# The admin searches by GET, and a name or phone in an address ends in access logs.
BY_NUMBER = "By record number. By name or phone: on the Clients page."


class AddressInline(admin.TabularInline):
    model = Address
    extra = 0
    exclude = ("contact",)
    readonly_fields = ("verified_at",)


class ContactAddressInline(AddressInline):
    exclude = ("client",)


class CareTeamInline(admin.TabularInline):
    model = CareTeam
    extra = 0
    autocomplete_fields = ("provider",)


class AuthorizationInline(admin.TabularInline):
    model = Authorization
    extra = 0


class Viewed(Audited):
    """Opening the page is a line in the audit trail, as on the app's own card."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        answer = super().change_view(request, object_id, form_url, extra_context)
        if request.method == "GET" and answer.status_code == 200:
            row = self.get_object(request, object_id)
            if row is not None:
                record_view(row, by=admin_actor(request), at=clock.now())
        return answer

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """After the addresses beside it too: plans follow what may be sent where."""
        super().save_related(request, form, formsets, change)
        row = form.instance
        client_id = row.client_id if isinstance(row, ClientContact) else row.pk
        reach_changed.send(sender=Client, client_ids=frozenset({client_id}), now=clock.now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand: erasure reaches every table and is a command of its own."""
        return False


@admin.register(Client)
class ClientAdmin(Viewed):
    list_display = ("record_number", "name", "status", "primary_provider", "created_at")
    list_filter = ("status", "primary_provider", "needs_interpreter")
    list_select_related = ("primary_provider",)
    search_fields = ("record_number__iexact",)
    search_help_text = BY_NUMBER
    autocomplete_fields = ("primary_provider",)
    readonly_fields = ("public_id", "record_number", "created_at")
    inlines = (AddressInline, CareTeamInline, AuthorizationInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """On the app's own page, which looks for duplicates and gives the record number."""
        return False


@admin.register(ClientContact)
class ClientContactAdmin(Viewed):
    list_display = ("name", "client", "relationship", "has_legal_authority", "may_receive", "never_contact")
    list_filter = ("relationship", "has_legal_authority", "may_receive", "never_contact")
    list_select_related = ("client",)
    search_fields = ("client__record_number__iexact",)
    search_help_text = BY_NUMBER
    autocomplete_fields = ("client",)
    exclude = ("custody_note",)
    inlines = (ContactAddressInline,)
