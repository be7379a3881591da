"""Users, API keys and the audit trail: the owner's alone."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from apps.accounts.messages import Scope
from apps.accounts.models import ApiKey, AuditEntry, User
from apps.accounts.services import keys, people
from apps.backoffice.admin.base import ReadingAdmin, ServiceAdmin, by
from apps.backoffice.admin.site import platform_admin, tenant_admin

SHOWN_ONCE = _("Shown once: %(secret)s — hand it over now, nobody can read it again.")


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new user's password may be given; else one is made up and shown once."""

    password_text = forms.CharField(
        label=_("Password"), required=False, strip=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Empty: one is made up and shown once."),
    )  # fmt: skip

    class Meta:
        model = User
        fields = ("email", "name", "role", "language", "is_active")


@admin.register(User, site=tenant_admin)
@admin.register(User, site=platform_admin)
class UserAdmin(ServiceAdmin):
    form = UserForm
    list_display = ("email", "name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    actions = ("new_passwords",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        always = ("email", "name", "role", "language")
        return (*always, "is_active") if obj else (*always, "password_text")

    def save_row(self, row: User, form: Any, *, by: str) -> User:
        if row.pk:
            return people.save_user(row, by=by)
        user, form.shown_once = people.create_operator(
            row.email,
            role=row.role,
            name=row.name,
            language=row.language,
            password=form.cleaned_data["password_text"] or None,
            by=by,
        )
        return user

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and not form.cleaned_data["password_text"]:
            messages.warning(request, SHOWN_ONCE % {"secret": form.shown_once})

    @admin.action(description=_("Make new passwords and show them once"), permissions=["change"])
    def new_passwords(self, request: HttpRequest, queryset: QuerySet[User, User]) -> None:
        for user in queryset:
            secret = people.set_password(user, None, by=by(request))
            messages.warning(request, f"{user.email}: " + SHOWN_ONCE % {"secret": secret})


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=[(scope.value, scope.value) for scope in Scope], initial=[Scope.READ],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )  # fmt: skip

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "expires_at")


@admin.register(ApiKey, site=tenant_admin)
class ApiKeyAdmin(ServiceAdmin):
    form = ApiKeyForm
    list_display = ("name", "prefix", "scopes", "created_by", "created_at", "last_used_at", "expires_at", "revoked_at")
    search_fields = ("name", "prefix")
    actions = ("revoke", "rotate")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj:
            return ("name", "prefix", "scopes", "created_by", "created_at", "last_used_at", "expires_at", "revoked_at")
        return ("name", "scopes", "expires_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a key may do is fixed when it is made; the actions of the list renew and revoke."""
        return obj is None and bool(super().has_change_permission(request, obj))

    def save_row(self, row: ApiKey, form: Any, *, by: str) -> ApiKey:
        data = form.cleaned_data
        key, form.shown_once = keys.create_api_key(
            data["name"], scopes=data["scopes"], expires_at=data["expires_at"], by=by
        )
        return key

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        messages.warning(request, SHOWN_ONCE % {"secret": form.shown_once})

    @admin.action(description=_("Revoke: refuse from now on"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey, ApiKey]) -> None:
        for key in queryset:
            keys.revoke_api_key(key, by=by(request))

    @admin.action(description=_("Renew and show once"), permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ApiKey, ApiKey]) -> None:
        for key in queryset:
            secret = keys.rotate_api_key(key, by=by(request))
            messages.warning(request, f"{key.name}: " + SHOWN_ONCE % {"secret": secret})


@admin.register(AuditEntry, site=tenant_admin)
@admin.register(AuditEntry, site=platform_admin)
class AuditAdmin(ReadingAdmin):
    list_display = ("at", "actor", "action", "target", "detail")
    search_fields = ("actor", "action", "target")
    list_filter = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "target" or bool(super().lookup_allowed(lookup, value, request))
