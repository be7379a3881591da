"""Tariffs: a form of prices makes a new version; and where tariffs apply."""

from dataclasses import fields
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.backoffice.admin.base import ServiceAdmin, by
from apps.backoffice.admin.site import tenant_admin
from apps.core.clock import now
from apps.tariffs.messages import Prices
from apps.tariffs.models import Tariff, TariffAssignment, TariffVersion
from apps.tariffs.services import archive_tariff, assign_tariff, save_tariff, unassign_tariff

PRICE_FIELDS = tuple(field.name for field in fields(Prices))
WIDGETS: dict[type[forms.Field], type[forms.Widget]] = {
    forms.DecimalField: UnfoldAdminDecimalFieldWidget,
    forms.IntegerField: UnfoldAdminIntegerFieldWidget,
    forms.BooleanField: UnfoldBooleanSwitchWidget,
    forms.CharField: UnfoldAdminTextInputWidget,
}


def _price_fields() -> dict[str, forms.Field]:
    """The fields of a version, as its model describes them."""
    described = forms.fields_for_model(TariffVersion, fields=PRICE_FIELDS)
    for field in described.values():
        field.widget = WIDGETS[type(field)](attrs=field.widget.attrs)
    return described


class TariffForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tariff with the prices of the version that holds now."""

    valid_from = forms.SplitDateTimeField(
        label=_("Valid from"), required=False, widget=UnfoldAdminSplitDateTimeWidget, help_text=_("Empty: from now on.")
    )
    valid_to = forms.SplitDateTimeField(label=_("Valid to"), required=False, widget=UnfoldAdminSplitDateTimeWidget)

    class Meta:
        model = Tariff
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(_price_fields())
        version = self.instance.version_at(now()) if self.instance.pk else None
        if version:
            self.initial = {**vars(version.prices), "valid_to": version.valid_to, **self.initial}

    def prices(self) -> Prices:
        data = self.cleaned_data
        return Prices(**{name: data[name] for name in PRICE_FIELDS if data.get(name) is not None})


class VersionsOfTariff(TabularInline):  # type: ignore[misc]
    """What it cost when; nobody changes the past."""

    model = TariffVersion
    extra = 0
    fields = ("number", "currency", "price_per_kwh", "price_per_minute", "price_per_session", "idle_per_minute",
              "vat_percent", "valid_from", "valid_to")  # fmt: skip
    ordering = ("-number",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Tariff, site=tenant_admin)
class TariffAdmin(ServiceAdmin):
    form = TariffForm
    inlines = (VersionsOfTariff,)
    list_display = ("name", "archived_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
    actions = ("archive",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, dict[str, Any]]]:
        return [
            (None, {"fields": ("name", ("currency", "vat_percent", "tax_included"))}),
            (
                _("Prices"),
                {
                    "fields": (
                        ("price_per_kwh", "price_per_minute"),
                        ("price_per_session", "idle_per_minute"),
                        "idle_grace_s",
                    ),
                    "description": _("Other prices make a new version. Charges in progress keep theirs."),
                },
            ),
            (_("Validity"), {"fields": ("valid_from", "valid_to")}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The prices are no fields of the tariff's own table."""
        return super().get_form(request, obj, change=change, **{**kwargs, "fields": ("name",)})

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple[type, ...]:
        return self.inlines if obj else ()

    def save_row(self, row: Tariff, form: TariffForm, *, by: str) -> Tariff:
        data = form.cleaned_data
        known = row if row.pk else None
        return save_tariff(
            row.name, form.prices(), tariff=known, valid_from=data["valid_from"], valid_to=data["valid_to"], by=by
        )

    @admin.action(description=_("Archive: take out of use everywhere"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Tariff, Tariff]) -> None:
        for tariff in queryset:
            archive_tariff(tariff, by=by(request))


@admin.register(TariffAssignment, site=tenant_admin)
class TariffAssignmentAdmin(ServiceAdmin):
    list_display = ("tariff", "place", "precision_text")
    list_select_related = ("tariff", "location", "station", "evse__station")
    autocomplete_fields = ("tariff", "location", "station", "evse")
    may_delete = True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An assignment is made anew or taken away, never bent."""
        return False

    @admin.display(description=_("where"))
    def place(self, row: TariffAssignment) -> str:
        return str(row.evse or row.station or row.location or _("everywhere else"))

    @admin.display(description=_("narrowness"))
    def precision_text(self, row: TariffAssignment) -> str:
        words = {3: _("EVSE"), 2: _("station"), 1: _("location"), 0: _("everywhere")}
        return str(words[row.precision])

    def save_row(self, row: TariffAssignment, form: Any, *, by: str) -> TariffAssignment:
        return assign_tariff(row.tariff, location=row.location, station=row.station, evse=row.evse, by=by)

    def delete_row(self, row: TariffAssignment, *, by: str) -> None:
        unassign_tariff(row, by=by)
