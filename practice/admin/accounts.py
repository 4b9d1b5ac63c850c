"""Users: made by an admin, who vouches for the address."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest

from practice.admin.audited import Audited
from practice.models import User

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

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: the audit trail names them. Switch the account off instead."""
        return False
