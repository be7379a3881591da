"""The two admin sites: their log-in is our own page, their policy is their own, their history is the audit trail."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from unfold.sites import UnfoldAdminSite

from apps.accounts.models import User
from apps.backoffice.services.system import SystemState, send_again, system_state

View = Callable[..., Any]

# Unfold needs Alpine, which evaluates expressions, and styles in attributes; the hand-made pages allow neither.
POLICY = {
    "default-src": [SELF],
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "object-src": [NONE],
    "base-uri": [SELF],
    "frame-ancestors": [NONE],
    "form-action": [SELF],
}


class OurAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """What both sites share."""

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        guarded: View = csp_replace(POLICY)(super().admin_view(view, cacheable))
        return guarded

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and self.has_permission(request):
            return redirect(reverse("admin:index", current_app=self.name))
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return LogoutView.as_view(next_page="login")(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("own-password")


class TenantAdminSite(OurAdminSite):
    index_title = _("Administration")


class PlatformAdminSite(OurAdminSite):
    """Beside the models one page about how the house does."""

    settings_name = "UNFOLD_PLATFORM"
    index_title = _("Platform administration")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("system/", self.admin_view(self.system), name="system"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "POST"]))
    def system(self, request: HttpRequest) -> HttpResponse:
        """Gateways and outbox; the button makes due what was sent and not done."""
        assert isinstance(request.user, User)
        if not request.user.has_perm("tenants.change_tenant"):
            raise PermissionDenied
        if request.method == "POST":
            rows = send_again(by=request.user.email)
            messages.success(request, ngettext("%(rows)s task is sent again.", "%(rows)s tasks are sent again.", rows)
                             % {"rows": rows})  # fmt: skip
            return redirect(request.path)
        context = self.each_context(request) | {"title": _("System")} | _tables(system_state())
        return render(request, "admin/system.html", context)


def _tables(state: SystemState) -> dict[str, Any]:
    """The state in the tables that Unfold draws. Of an error its first line: the others may hold people's data."""
    return {
        "backlog": state.backlog,
        "gateways": {
            "headers": [_("gateway"), _("stations"), _("tenants"), _("last sign of life")],
            "rows": [[one.gateway, one.stations, one.tenants, _instant(one.heard_at)] for one in state.gateways],
        },
        "failures": {
            "headers": [_("tenant"), _("task"), _("attempts"), _("sent at"), _("error")],
            "rows": [
                [row.schema, row.task, row.attempts, _instant(row.sent_at), row.error.splitlines()[0]]
                for row in state.failures
            ],
        },
        "troubles": {
            "headers": [_("tenant"), _("quarantined messages"), _("refused attempts")],
            "rows": [[one.slug, one.quarantined, one.refused] for one in state.troubles],
        },
    }


def _instant(at: datetime | None) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT") if at else "–"


tenant_admin = TenantAdminSite(name="admin")
platform_admin = PlatformAdminSite(name="admin")
