"""Logging in and out, the choice of language, and the platform's own first page."""

from typing import Any

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from apps.accounts.models import User
from apps.accounts.services.people import set_password
from apps.backoffice.forms.entrance import LoginForm, OwnPasswordForm
from apps.backoffice.services.entrance import remember_language
from apps.backoffice.services.platform import addresses_of_tenants
from apps.core.errors import UnableTo


class LoginView(auth.LoginView):
    """The same page for a tenant's operators and for platform staff; who is known depends on the host."""

    template_name = "backoffice/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shared = {"tenant": getattr(self.request, "tenant", None), "languages": settings.LANGUAGES}
        return super().get_context_data(**kwargs) | shared

    def form_valid(self, form: Any) -> HttpResponse:
        """From now on in the operator's own language, if they ever chose one."""
        answer = super().form_valid(form)
        user = form.get_user()
        if isinstance(user, User) and user.language:
            answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
        return answer


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """For this browser, and for the person if they are logged in."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and check_for_language(language):
        remember_language(request.user, language)
    return set_language(request)


@login_required
@require_http_methods(["GET", "POST"])
def own_password(request: HttpRequest) -> HttpResponse:
    """A person changes their own password; they stay logged in here, and nowhere else."""
    assert isinstance(request.user, User)
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_password(request.user, form.cleaned_data["new_password1"], by=request.user.email)
        except UnableTo as problem:
            form.add_error("new_password1", str(problem))
        else:
            update_session_auth_hash(request, request.user)
            return redirect("own-password-done")
    context = {"form": form, "tenant": getattr(request, "tenant", None)}
    return render(request, "backoffice/own_password.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def own_password_done(request: HttpRequest) -> HttpResponse:
    context = {"is_done": True, "tenant": getattr(request, "tenant", None)}
    return render(request, "backoffice/own_password.html", context)


@require_safe
def platform(request: HttpRequest) -> HttpResponse:
    """What this is, for whoever opens the bare domain."""
    context = {"languages": settings.LANGUAGES, "base_domain": settings.BASE_DOMAIN, "tenant": None}
    return render(request, "backoffice/platform.html", context)


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Nobody learns who else lives here, except platform staff, who may see all tenants anyway."""
    user = request.user
    is_staff = isinstance(user, User) and user.has_perm("tenants.view_tenant")
    context = {"addresses": addresses_of_tenants() if is_staff else []}
    return render(request, "backoffice/no_such_address.html", context, status=404)
