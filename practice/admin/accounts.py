"""Users: made by an admin, who vouches for the address."""

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from core import clock
from practice.admin.audited import Audited, admin_actor
from practice.models import User
from practice.operations import record

# Roles are ours; Django's groups would be a second, silent way to give rights.
admin.site.unregister(Group)


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


@admin.register(User)
class UserAdmin(Audited, DjangoUserAdmin):
    add_form = NewUserForm
    ordering = ("name",)
    list_display = ("name", "email", "roles", "provider", "is_active", "last_login")
    list_filter = ("is_active",)
    list_select_related = ("provider",)
    search_fields = ("name", "email")
    filter_horizontal = ()
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Work", {"fields": ("roles", "provider", "undo_seconds", "is_active")}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("email", "name", "roles", "provider", "usable_password", "password1", "password2")},
        ),
    )

    actions = ("remove_second_factor",)

    @admin.action(description="Remove the second factor, so that they set up a new one")
    def remove_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            Authenticator.objects.filter(user=person).delete()
            record("user.second_factor_removed", person, by=admin_actor(request), at=clock.now())
        self.message_user(request, f"Removed for {len(people)}.", messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: the audit trail names them. Switch the account off instead."""
        return False
