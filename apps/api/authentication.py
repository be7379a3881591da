"""Who calls: a program with an API key of this tenant, `Authorization: Bearer <key>`."""

from dataclasses import dataclass
from typing import cast

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.messages import Scope
from apps.accounts.models import ApiKey
from apps.accounts.services import keys

SCHEME = "Bearer"


@dataclass(frozen=True)
class Program:
    """The caller of a request: what stands where pages have a person."""

    key: ApiKey
    is_authenticated = True
    is_active = True

    @property
    def by(self) -> str:
        """How the audit trail and commands name it."""
        return f"api:{self.key.name}"

    def has_scope(self, scope: Scope) -> bool:
        return scope in self.key.scopes


def program_of(request: Request) -> Program:
    """The authenticated caller."""
    return cast(Program, request.user)


class ApiKeyAuthentication(BaseAuthentication):
    """Keys live in the tenant's schema, so a key of one tenant is unknown at another."""

    def authenticate(self, request: Request) -> tuple[Program, ApiKey] | None:
        header = get_authorization_header(request).split(None, 1)
        if not header or header[0].lower() != SCHEME.lower().encode():
            return None
        key = keys.find(header[1].strip().decode("latin-1")) if len(header) > 1 else None
        if key is None:
            raise AuthenticationFailed(_("This API key is unknown, expired or revoked."))
        return Program(key), key

    def authenticate_header(self, request: Request) -> str:
        return SCHEME
