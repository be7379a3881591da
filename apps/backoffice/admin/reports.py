"""What stations report and what was asked of them, for reading."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.backoffice.admin.base import ReadingAdmin
from apps.backoffice.admin.site import tenant_admin
from apps.stations.models import QuarantinedMessage, RefusedConnection, StationCommand, StationEvent, Variable
from apps.stations.services.wording import in_words


@admin.register(Variable, site=tenant_admin)
class VariableAdmin(ReadingAdmin):
    list_display = ("station", "component", "name", "instance", "evse", "value", "mutability", "reported_at")
    list_filter = ("mutability", "component")
    list_select_related = ("station",)
    search_fields = ("station__identity", "component", "name", "value")


@admin.register(StationEvent, site=tenant_admin)
class StationEventAdmin(ReadingAdmin):
    list_display = ("station", "at", "trigger", "component", "variable", "value", "cleared")
    list_filter = ("trigger", "cleared")
    list_select_related = ("station",)
    search_fields = ("station__identity", "component", "variable")


@admin.register(StationCommand, site=tenant_admin)
class StationCommandAdmin(ReadingAdmin):
    list_display = ("station", "kind", "action", "state", "status", "by", "created_at", "finished_at")
    list_filter = ("state", "kind")
    list_select_related = ("station",)
    search_fields = ("station__identity", "action", "by")
    exclude = ("message", "payload", "answer", "message_id", "epoch")


@admin.register(QuarantinedMessage, site=tenant_admin)
class QuarantinedMessageAdmin(ReadingAdmin):
    list_display = ("station", "action", "received_at", "settled_at", "settled_by")
    list_filter = (("settled_at", admin.EmptyFieldListFilter),)
    list_select_related = ("station",)
    search_fields = ("station__identity", "action")


class ReasonFilter(admin.SimpleListFilter):
    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        reasons = RefusedConnection.objects.order_by("reason").values_list("reason", flat=True).distinct()
        return [(reason, in_words(reason)) for reason in reasons]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(RefusedConnection, site=tenant_admin)
class RefusedConnectionAdmin(ReadingAdmin):
    list_display = ("identity", "reason_text", "address", "subprotocols", "count", "first_at", "last_at")
    list_filter = (ReasonFilter,)
    search_fields = ("identity", "address")

    @admin.display(description=_("reason"), ordering="reason")
    def reason_text(self, row: RefusedConnection) -> str:
        return in_words(row.reason)
