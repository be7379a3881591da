"""Locations, stations, EVSEs and connectors."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from apps.backoffice.admin.base import ServiceAdmin, by
from apps.backoffice.admin.site import tenant_admin
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.stations.services import hardware

MOST_EVSES = 16


@admin.register(Location, site=tenant_admin)
class LocationAdmin(ServiceAdmin):
    list_display = ("name", "address_text", "time_zone")
    search_fields = ("name", "city", "address")
    may_delete = True

    @admin.display(description=_("address"))
    def address_text(self, row: Location) -> str:
        return row.one_line_address

    def save_row(self, row: Location, form: Any, *, by: str) -> Location:
        return hardware.save_location(row, by=by)

    def delete_row(self, row: Location, *, by: str) -> None:
        hardware.delete_location(row, by=by)


class StationForm(forms.ModelForm):  # type: ignore[type-arg]
    evses = forms.IntegerField(
        label=_("EVSEs"), min_value=0, max_value=MOST_EVSES, initial=1, required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("How many cars it charges at once. The station itself may tell of more."),
    )  # fmt: skip

    class Meta:
        model = ChargingStation
        fields = ("identity", "name", "location", "registration")


class _RowsInline(TabularInline):  # type: ignore[misc]
    """For a look and a way to the row's own page; rows are not written here."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EvsesOfStation(_RowsInline):
    model = EVSE
    fields = ("number", "evse_id", "max_power_w", "slug")


class ConnectorsOfEvse(_RowsInline):
    model = Connector
    fields = ("number", "kind", "status")


@admin.register(ChargingStation, site=tenant_admin)
class StationAdmin(ServiceAdmin):
    form = StationForm
    inlines = (EvsesOfStation,)
    list_display = (
        "identity",
        "name",
        "location",
        "vendor",
        "model",
        "firmware_version",
        "ocpp_version",
        "archived_at",
    )
    list_filter = ("location", "registration", "ocpp_version", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("identity", "name", "serial_number", "vendor", "model")
    list_select_related = ("location",)
    autocomplete_fields = ("location",)
    actions = ("archive", "restore")

    def save_row(self, row: ChargingStation, form: Any, *, by: str) -> ChargingStation:
        return hardware.save_station(row, by=by, evses=form.cleaned_data.get("evses") or 0)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple[type, ...]:
        return self.inlines if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("identity", "name", "location", "registration", *(() if obj else ("evses",)))

    def response_add(self, request: HttpRequest, obj: ChargingStation, post_url_continue: Any = None) -> HttpResponse:
        """The next step is to connect it."""
        if "_continue" in request.POST or "_addanother" in request.POST or "_popup" in request.POST:
            answer: HttpResponse = super().response_add(request, obj, post_url_continue)
            return answer
        return redirect("connect", identity=obj.identity)

    @admin.action(description=_("Archive: refuse it from now on, keep its history"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[ChargingStation, ChargingStation]) -> None:
        for station in queryset:
            hardware.archive_station(station, by=by(request))

    @admin.action(description=_("Bring back into use"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[ChargingStation, ChargingStation]) -> None:
        for station in queryset:
            hardware.restore_station(station, by=by(request))


@admin.register(EVSE, site=tenant_admin)
class EvseAdmin(ServiceAdmin):
    inlines = (ConnectorsOfEvse,)
    list_display = ("station", "number", "evse_id", "max_power_w", "slug")
    search_fields = ("evse_id", "slug", "station__identity", "station__name")
    list_select_related = ("station",)
    autocomplete_fields = ("station",)

    def save_row(self, row: EVSE, form: Any, *, by: str) -> EVSE:
        return hardware.save_evse(row, by=by)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple[type, ...]:
        return self.inlines if obj else ()


@admin.register(Connector, site=tenant_admin)
class ConnectorAdmin(ServiceAdmin):
    list_display = ("evse", "number", "kind", "status", "status_at")
    list_filter = ("status",)
    search_fields = ("evse__station__identity", "evse__station__name", "evse__evse_id")
    list_select_related = ("evse__station",)
    autocomplete_fields = ("evse",)
    fields = ("evse", "number", "kind", "status", "raw_status", "status_at", "error_code", "info")
    readonly_fields = ("status", "raw_status", "status_at", "error_code", "info")

    def save_row(self, row: Connector, form: Any, *, by: str) -> Connector:
        return hardware.save_connector(row, by=by)
