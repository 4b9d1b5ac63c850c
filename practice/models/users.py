from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Lower

from practice.states import Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, name: str, password: str | None = None, **fields) -> User:
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str, password: str | None = None, **fields) -> User:
        return self.create_user(email, name, password, is_superuser=True, roles=[Role.ADMIN], **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. Supervision is not a role: it follows from `Provider.supervisor`."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), default=list, blank=True)
    provider = models.OneToOneField(
        "practice.Provider",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="user",
    )
    is_active = models.BooleanField(default=True)
    undo_seconds = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(600)],
        help_text="0 to 600; empty for the practice's own.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="practice_user_email_once"),
            models.CheckConstraint(
                name="practice_user_undo_seconds_range",
                condition=models.Q(undo_seconds__isnull=True) | models.Q(undo_seconds__lte=600),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Who may open the Django admin."""
        return self.is_superuser or Role.ADMIN in self.roles

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """An admin may everything in the Django admin; the finer table is `practice.permissions`."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff
