"""The verdict whether a token may charge."""

from functools import cache
from typing import Protocol, cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.drivers.messages import (
    AuthorizationStatus,
    Authorize,
    AuthorizeAnswer,
    IdTokenInfo,
    IdTokenSeen,
    TokenAccepted,
    TokenType,
)
from apps.drivers.models import IdToken, TokenStatus
from apps.drivers.services.aliases import note_likeness
from apps.drivers.services.tokens import find_token
from apps.events.services import emit
from apps.stations.messages import Caller
from apps.stations.services.displays import has_display

# Nobody is identified by these: a start button, or a number the station made up itself (C02.FR.02, C06).
UNCHECKED = frozenset({TokenType.NO_AUTHORIZATION, TokenType.LOCAL})


class Authorizer(Protocol):
    """Someone who may know a token; None if not. Named in `settings.WIRING.TOKEN_AUTHORIZERS`."""

    def __call__(self, token: IdTokenSeen, *, station_id: int, evse: int | None) -> IdTokenInfo | None: ...


def authorize(token: IdTokenSeen, *, station_id: int, evse: int | None) -> IdTokenInfo:
    """The verdict of the first who knows the token; one that nobody knows is invalid."""
    if token.type in UNCHECKED:
        return IdTokenInfo(status=AuthorizationStatus.ACCEPTED, reason=_("No authorisation is needed."))
    for authorizer in _authorizers():
        verdict = authorizer(token, station_id=station_id, evse=evse)
        if verdict is not None:
            return verdict
    note_likeness(token, station_id=station_id)
    return IdTokenInfo(status=AuthorizationStatus.INVALID, reason=_("The token is unknown."))


@cache
def _authorizers() -> tuple[Authorizer, ...]:
    return tuple(cast(Authorizer, import_string(path)) for path in settings.WIRING.TOKEN_AUTHORIZERS)


def authorize_local(token: IdTokenSeen, *, station_id: int, evse: int | None) -> IdTokenInfo | None:
    """Our own tokens. Concurrent use is left open: a repeated start must not stop its own first copy (Q02)."""
    known = find_token(token)
    return None if known is None else verdict_on(known)


def verdict_on(token: IdToken) -> IdTokenInfo:
    """Whether this token may charge at all, at this moment."""
    status, reason = AuthorizationStatus.ACCEPTED, ""
    if token.status == TokenStatus.BLOCKED:
        status, reason = AuthorizationStatus.BLOCKED, _("The token is blocked.")
    elif token.status == TokenStatus.LOST:
        status, reason = AuthorizationStatus.BLOCKED, _("The token was reported lost.")
    elif token.driver and token.driver.archived_at:
        status, reason = AuthorizationStatus.BLOCKED, _("The driver is archived.")
    elif token.is_expired:
        status, reason = AuthorizationStatus.EXPIRED, _("The token has expired.")
    return IdTokenInfo(status=status, expires_at=token.expires_at, group=token.group or None, reason=reason)


@transaction.atomic
def answer_authorize(caller: Caller, question: Authorize) -> AuthorizeAnswer:
    """A station asks before it charges."""
    info = authorize(question.id_token, station_id=caller.station_id, evse=None)
    if info.status is AuthorizationStatus.ACCEPTED and has_display(caller.station_id):
        known = find_token(question.id_token)
        if known:
            emit(TokenAccepted(station_id=caller.station_id, id_token_id=known.pk))
    return AuthorizeAnswer(id_token_info=info)
