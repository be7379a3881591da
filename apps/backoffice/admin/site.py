"""The two admin sites: their log-in is our own page, their policy is their own, their history is the audit trail."""

from collections.abc import Callable
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

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
    settings_name = "UNFOLD_PLATFORM"
    index_title = _("Platform administration")


tenant_admin = TenantAdminSite(name="admin")
platform_admin = PlatformAdminSite(name="admin")
