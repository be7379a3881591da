"""What a key may do: `read` lets it read everything, a write scope lets it read and write its own part."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.accounts.messages import Scope
from apps.api.authentication import Program


class HasScope(BasePermission):
    """A view names the scope that its writes need in `write_scope`; without one it can only be read."""

    message = _("This API key lacks the scope for this.")

    def has_permission(self, request: Request, view: Any) -> bool:
        program: object = request.user
        if not isinstance(program, Program):
            return False
        if request.method not in view.allowed_methods:
            return True  # for the view to answer with 405: no scope would help
        write_scope: Scope | None = getattr(view, "write_scope", None)
        may_write = write_scope is not None and program.has_scope(write_scope)
        return may_write or (request.method in SAFE_METHODS and program.has_scope(Scope.READ))
