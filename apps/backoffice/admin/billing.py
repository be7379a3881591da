"""The seller, and the papers for reading."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.backoffice.admin.base import ReadingAdmin, ServiceAdmin
from apps.backoffice.admin.site import tenant_admin
from apps.billing.models import Cdr, Invoice, SellerProfile
from apps.billing.services.sellers import save_seller


@admin.register(SellerProfile, site=tenant_admin)
class SellerAdmin(ServiceAdmin):
    fieldsets = (
        (
            _("The company that sells the energy"),
            {
                "fields": (
                    "legal_name", "address", ("postal_code", "city", "country"), ("vat_id", "email"), ("iban", "bic"),
                ),
                "description": _("Invoices are issued as soon as name, address, country and VAT ID are there."),
            },
        ),
        (
            _("Papers"),
            {"fields": (("language", "time_zone", "currency"), ("invoice_prefix", "payment_days"), "small_print")},
        ),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not SellerProfile.objects.exists() and bool(super().has_add_permission(request))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one; its list is its form."""
        if SellerProfile.objects.exists():
            return redirect(reverse("admin:billing_sellerprofile_change", args=(1,)))
        return redirect(reverse("admin:billing_sellerprofile_add"))

    def save_row(self, row: SellerProfile, form: Any, *, by: str) -> SellerProfile:
        return save_seller(by=by, **form.cleaned_data)


@admin.register(Cdr, site=tenant_admin)
class CdrAdmin(ReadingAdmin):
    list_display = ("__str__", "started_at", "ended_at", "energy_wh", "net", "vat", "gross", "currency")
    search_fields = ("transaction__station__identity",)


@admin.register(Invoice, site=tenant_admin)
class InvoiceAdmin(ReadingAdmin):
    list_display = ("number", "kind", "issued_on", "net", "vat", "gross", "currency")
    list_filter = ("kind",)
    search_fields = ("number",)
