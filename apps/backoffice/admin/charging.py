"""Charges, as facts for reading."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.backoffice.admin.base import ReadingAdmin
from apps.backoffice.admin.site import tenant_admin
from apps.charging.models import Transaction
from apps.core.identifiers import masked_token


@admin.register(Transaction, site=tenant_admin)
class TransactionAdmin(ReadingAdmin):
    list_display = ("__str__", "station", "driver", "started_at", "ended_at", "energy_wh", "hold_reason")
    list_filter = ("hold_reason", "station__location", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("station", "driver")
    search_fields = ("station__identity", "driver__name", "ocpp_id")
    date_hierarchy = None
    fields = (
        ("station", "evse"), ("started_at", "ended_at"), ("meter_start_wh", "meter_stop_wh", "energy_wh"),
        ("token", "driver"), ("hold_reason", "stopped_reason"), "notes",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        return ("token",)

    @admin.display(description=_("token"))
    def token(self, row: Transaction) -> str:
        return masked_token(row.token_value)
