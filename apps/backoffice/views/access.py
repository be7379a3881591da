"""Who may open a page, and what every page knows."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language

from apps.accounts.models import User
from apps.backoffice.services.rights import rights_of
from apps.backoffice.services.viewers import Viewer
from apps.core.errors import UnableTo, UnableToFind

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(permission: str) -> Callable[[Callable[Concatenate[HttpRequest, P], R]], View[P]]:
    """For operators with this permission. What is not found is a 404, what can't be done says why."""

    def decorate(view: Callable[Concatenate[HttpRequest, P], R]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not viewer_of(request).may(permission):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except UnableToFind as problem:
                raise Http404(str(problem)) from problem
            except UnableTo as problem:
                return show_problem(request, problem)

        return cast("View[P]", login_required(guarded))

    return decorate


def viewer_of(request: HttpRequest) -> Viewer:
    assert isinstance(request.user, User)
    return Viewer(user=request.user, language=get_language() or "en")


def by(request: HttpRequest) -> str:
    """How the audit trail names the person behind a request."""
    assert isinstance(request.user, User)
    return request.user.email


def draw(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page or partial of the back office, with what all of them need."""
    viewer = viewer_of(request)
    shared = {"viewer": viewer, "can": rights_of(viewer), "tenant": getattr(request, "tenant", None)}
    return render(request, f"backoffice/{template}.html", shared | context, status=status)


def show_problem(request: HttpRequest, problem: UnableTo) -> HttpResponse:
    """Beside the button that was pressed, or as a page of its own."""
    if request.headers.get("HX-Request"):
        answer = draw(request, "_problem", {"problem": problem}, status=409)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#notices", "innerHTML"
        return answer
    return draw(request, "problem", {"problem": problem}, status=409)
