"""What stations report and what was asked of them, for reading."""

from django.contrib import admin

from apps.backoffice.admin.base import ReadingAdmin
from apps.backoffice.admin.site import tenant_admin
from apps.stations.models import QuarantinedMessage, RefusedConnection, StationCommand, StationEvent, Variable


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


@admin.register(RefusedConnection, site=tenant_admin)
class RefusedConnectionAdmin(ReadingAdmin):
    list_display = ("identity", "reason", "address", "subprotocols", "count", "first_at", "last_at")
    list_filter = ("reason",)
    search_fields = ("identity", "address")
