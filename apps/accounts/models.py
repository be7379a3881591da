"""Users, API keys and the audit trail, in the public schema and in every tenant's."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.messages import Role
from apps.accounts.rules import may
from apps.core.clock import now

ROLE_CHOICES = [
    (Role.OWNER, _("owner")),
    (Role.MANAGER, _("manager")),
    (Role.OPERATOR, _("operator")),
    (Role.INSTALLER, _("installer")),
    (Role.FINANCE, _("finance")),
    (Role.SUPPORT, _("support")),
    (Role.READ_ONLY, _("read-only")),
]
LANGUAGES = [("en", "English"), ("de", "Deutsch")]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """E-mail addresses are compared without regard to case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who logs in. What they may do follows from their role alone."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=ROLE_CHOICES, default=Role.READ_ONLY)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    is_staff = True
    is_superuser = False

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        return self.is_active and may(self.role, permission)

    def has_perms(self, permissions: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(permission) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and may(self.role, f"{app_label}.view_any")


class ApiKey(models.Model):
    """A program's key. Only a keyed digest is kept; `prefix` is for people to tell keys apart."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    prefix = models.CharField(_("begins with"), max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("scopes"), default=list)
    created_by = models.CharField(_("created by"), max_length=200)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return self.name

    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now())


class AuditEntry(models.Model):
    """Who did what, when. Written once; the database refuses changes."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor = models.CharField(_("who"), max_length=254)
    action = models.CharField(_("action"), max_length=100)
    target = models.CharField(_("target"), max_length=200, blank=True)
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["target", "-id"], name="audit_target")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action}"
