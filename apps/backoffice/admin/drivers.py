"""Drivers and their tokens."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.backoffice.admin.base import ServiceAdmin, by
from apps.backoffice.admin.site import tenant_admin
from apps.core.identifiers import masked_token
from apps.drivers.models import Driver, IdToken, TokenAlias
from apps.drivers.services import aliases, drivers, tokens

Drivers = QuerySet[Driver, Driver]
Tokens = QuerySet[IdToken, IdToken]


@admin.register(Driver, site=tenant_admin)
class DriverAdmin(ServiceAdmin):
    list_display = ("name", "company", "email", "city", "external_id", "archived_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter), "country")
    search_fields = ("name", "company", "email", "external_id")
    fields = (
        ("name", "company"), ("email", "language"), "address", ("postal_code", "city", "country"),
        ("vat_id", "external_id"),
    )  # fmt: skip
    actions = ("archive", "restore")

    def save_row(self, row: Driver, form: Any, *, by: str) -> Driver:
        return drivers.save_driver(row, by=by)

    @admin.action(description=_("Archive: refuse their tokens, keep their papers"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: Drivers) -> None:
        for driver in queryset:
            drivers.archive_driver(driver, by=by(request))

    @admin.action(description=_("Bring back into use"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: Drivers) -> None:
        for driver in queryset:
            drivers.restore_driver(driver, by=by(request))


@admin.register(IdToken, site=tenant_admin)
class IdTokenAdmin(ServiceAdmin):
    list_display = ("__str__", "type", "driver", "status", "expires_at")
    list_filter = ("status", "type")
    search_fields = ("label", "driver__name", "driver__company", "value")
    list_select_related = ("driver",)
    autocomplete_fields = ("driver",)
    actions = ("block", "unblock", "report_lost")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Whoever may not see card numbers sees their end only; a number once given stays."""
        shown = "value" if obj is None or self._sees_numbers(request) else "masked_value"
        return (shown, "type", "label", "driver", "group", "status", "expires_at", "allows_concurrent")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("masked_value",) if obj is None else ("value", "masked_value")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """A search by parts of a number would tell the number."""
        return self.search_fields if self._sees_numbers(request) else self.search_fields[:-1]

    @admin.display(description=_("number"))
    def masked_value(self, row: IdToken) -> str:
        return masked_token(row.value)

    def _sees_numbers(self, request: HttpRequest) -> bool:
        return request.user.has_perm("drivers.see_token")

    def save_row(self, row: IdToken, form: Any, *, by: str) -> IdToken:
        return tokens.save_token(row, by=by)

    @admin.action(description=_("Block: refuse from now on"), permissions=["change"])
    def block(self, request: HttpRequest, queryset: Tokens) -> None:
        for token in queryset:
            tokens.block_token(token, by=by(request))

    @admin.action(description=_("Accept again"), permissions=["change"])
    def unblock(self, request: HttpRequest, queryset: Tokens) -> None:
        for token in queryset:
            tokens.unblock_token(token, by=by(request))

    @admin.action(description=_("Report lost"), permissions=["change"])
    def report_lost(self, request: HttpRequest, queryset: Tokens) -> None:
        for token in queryset:
            tokens.report_token_lost(token, by=by(request))


@admin.register(TokenAlias, site=tenant_admin)
class TokenAliasAdmin(ServiceAdmin):
    """Other numbers of cards; they are approved where they were noticed, among the quirks of makes."""

    list_display = ("__str__", "id_token", "approved_at", "approved_by")
    list_select_related = ("id_token",)
    fields = ("id_token", "approved_at", "approved_by")
    readonly_fields = fields
    may_delete = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_row(self, row: TokenAlias, form: Any, *, by: str) -> TokenAlias:
        """Nobody makes one up; it is approved or not."""
        raise PermissionDenied

    def delete_row(self, row: TokenAlias, *, by: str) -> None:
        aliases.remove_alias(row, by=by)
