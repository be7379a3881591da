"""How the two admin sites look: the colours of the hand-made pages, and their navigation."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _allowed(permission: str) -> Callable[[HttpRequest], bool]:
    def check(request: HttpRequest) -> bool:
        return request.user.has_perm(permission)

    return check


def _item(title: Any, icon: str, model: str) -> dict[str, Any]:
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _allowed(f"{app}.view_{name}"),
    }


def _page(title: Any, icon: str, name: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(name), "active": lambda request: False}


def _logo(request: HttpRequest) -> str:
    return static("img/logo.svg")


COLORS = {
    "base": {
        "50": "#f5f7f9", "100": "#eef2f5", "200": "#e1e7ec", "300": "#cbd5dd", "400": "#93a3b1", "500": "#6d7d8b",
        "600": "#4f6070", "700": "#364756", "800": "#1f2b36", "900": "#141d26", "950": "#0d141b",
    },
    "primary": {
        "50": "#eef8fb", "100": "#e3f2f6", "200": "#bfe2ec", "300": "#8ccbdc", "400": "#3fb3d3", "500": "#1690b1",
        "600": "#0b6f8f", "700": "#085a75", "800": "#0a4a60", "900": "#0d3e50", "950": "#082936",
    },
}  # fmt: skip
BRAND: dict[str, Any] = {
    "SITE_TITLE": "Ohmstead",
    "SITE_HEADER": "Ohmstead",
    "SITE_ICON": _logo,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _logo}],
    # It leads to the audit trail.
    "SHOW_HISTORY": lambda request: request.user.has_perm("accounts.view_auditentry"),
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "9px",
    "COLORS": COLORS,
    "ACCOUNT": {"navigation": [{"title": _("Change password"), "link": reverse_lazy("own-password")}]},
}
UNFOLD: dict[str, Any] = BRAND | {
    "SITE_SUBHEADER": _("Administration"),
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {
                "items": [
                    _page(_("Live board"), "dashboard", "board"),
                    _page(_("Stations"), "ev_station", "stations"),
                    _page(_("Charges"), "bolt", "charges"),
                    _page(_("Invoices"), "receipt_long", "invoices"),
                ],
            },
            {
                "title": _("Hardware"),
                "items": [
                    _item(_("Locations"), "location_on", "stations.location"),
                    _item(_("Charging stations"), "ev_station", "stations.chargingstation"),
                    _item(_("EVSEs"), "power", "stations.evse"),
                    _item(_("Connectors"), "outlet", "stations.connector"),
                ],
            },
            {
                "title": _("Drivers"),
                "items": [
                    _item(_("Drivers"), "person", "drivers.driver"),
                    _item(_("Tokens"), "contactless", "drivers.idtoken"),
                    _item(_("Other numbers of tokens"), "link", "drivers.tokenalias"),
                    _page(_("Local lists"), "checklist", "local-lists"),
                ],
            },
            {
                "title": _("Prices and papers"),
                "items": [
                    _item(_("Tariffs"), "sell", "tariffs.tariff"),
                    _item(_("Where they apply"), "share_location", "tariffs.tariffassignment"),
                    _item(_("Seller"), "storefront", "billing.sellerprofile"),
                    _item(_("Priced charges"), "calculate", "billing.cdr"),
                ],
            },
            {
                "title": _("Reports"),
                "collapsible": True,
                "items": [
                    _item(_("Variables"), "tune", "stations.variable"),
                    _item(_("Events"), "notifications", "stations.stationevent"),
                    _item(_("Commands"), "terminal", "stations.stationcommand"),
                    _item(_("Quarantined messages"), "report", "stations.quarantinedmessage"),
                    _item(_("Refused connections"), "block", "stations.refusedconnection"),
                ],
            },
            {
                "title": _("People"),
                "items": [
                    _item(_("Users"), "group", "accounts.user"),
                    _item(_("API keys"), "key", "accounts.apikey"),
                    _item(_("Audit trail"), "history", "accounts.auditentry"),
                ],
            },
        ],
    },
}
UNFOLD_PLATFORM: dict[str, Any] = BRAND | {
    "SITE_SUBHEADER": _("Platform administration"),
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "items": [
                    _item(_("Tenants"), "apartment", "tenants.tenant"),
                    _item(_("Resellers"), "handshake", "tenants.reseller"),
                    _page(_("System"), "monitor_heart", "admin:system")
                    | {"permission": _allowed("tenants.change_tenant")},
                    _item(_("Users"), "group", "accounts.user"),
                    _item(_("Audit trail"), "history", "accounts.auditentry"),
                ],
            },
        ],
    },
}
