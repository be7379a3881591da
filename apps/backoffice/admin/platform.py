"""The platform's own admin: tenants with their first operator, and resellers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from apps.backoffice.admin.base import ServiceAdmin
from apps.backoffice.admin.people import SHOWN_ONCE
from apps.backoffice.admin.site import platform_admin
from apps.backoffice.services.platform import NewTenant, found_tenant, save_reseller, save_tenant
from apps.backoffice.services.stations import pages_url
from apps.tenants.models import Reseller, Tenant


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tenant, and when it is new its first operator."""

    domain = forms.CharField(
        label=_("Further host name"), required=False, max_length=253, widget=UnfoldAdminTextInputWidget,
        help_text=_("Beside the slug’s own host name, which needs nothing."),
    )  # fmt: skip
    operator_email = forms.EmailField(label=_("E-mail"), widget=UnfoldAdminEmailInputWidget)
    operator_name = forms.CharField(label=_("Name"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget)
    password = forms.CharField(
        label=_("Password"), required=False, strip=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Empty: one is made up and shown once."),
    )  # fmt: skip

    class Meta:
        model = Tenant
        fields = ("slug", "name", "reseller", "is_active", "meter_value_days", "frame_days")
        help_texts = dict.fromkeys(("meter_value_days", "frame_days"), _("Empty: as long as the house keeps them."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("operator_email", "operator_name", "password"):
                self.fields.pop(name, None)


@admin.register(Tenant, site=platform_admin)
class TenantAdmin(ServiceAdmin):
    form = TenantForm
    list_display = ("name", "slug", "pages", "reseller", "is_active", "created_at")
    list_filter = ("is_active", "reseller")
    search_fields = ("name", "slug", "domains__domain")
    list_select_related = ("reseller",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, dict[str, Any]]]:
        if obj:
            return [
                (None, {"fields": ("slug", "name", "reseller", "is_active", "hosts", "domain")}),
                (_("Retention"), {"fields": (("meter_value_days", "frame_days"),)}),
            ]
        return [
            (None, {"fields": (("slug", "name"), ("reseller", "domain"))}),
            (_("First operator, the owner"), {"fields": (("operator_email", "operator_name"), "password")}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kept = ("meter_value_days", "frame_days")
        fields = ("name", "reseller", "is_active", *kept) if obj else ("slug", "name", "reseller")
        return super().get_form(request, obj, change=change, **{**kwargs, "fields": fields})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug", "hosts") if obj else ()

    @admin.display(description=_("pages"))
    def pages(self, row: Tenant) -> str:
        return format_html('<a href="{0}">{0}</a>', pages_url(row.slug))

    @admin.display(description=_("further host names"))
    def hosts(self, row: Tenant) -> str:
        return ", ".join(domain.domain for domain in row.domains.all()) or "–"

    def save_row(self, row: Tenant, form: Any, *, by: str) -> Tenant:
        data = form.cleaned_data
        if row.pk:
            return save_tenant(row, by=by, domain=data["domain"].strip().lower())
        names = ("slug", "name", "operator_email", "operator_name", "password", "domain", "reseller")
        tenant, form.shown_once = found_tenant(NewTenant(**{name: data[name] for name in names}), by=by)
        return tenant

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and not form.cleaned_data["password"]:
            owner = form.cleaned_data["operator_email"]
            messages.warning(request, f"{owner}: " + SHOWN_ONCE % {"secret": form.shown_once})


@admin.register(Reseller, site=platform_admin)
class ResellerAdmin(ServiceAdmin):
    list_display = ("name", "created_at")
    search_fields = ("name",)

    def save_row(self, row: Reseller, form: Any, *, by: str) -> Reseller:
        return save_reseller(row, by=by)
