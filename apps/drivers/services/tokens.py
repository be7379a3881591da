"""Id tokens: finding the one a station shows, and their upkeep."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.accounts.services.saving import save_checked
from apps.core.errors import UnableTo
from apps.core.identifiers import canonical_token
from apps.drivers.messages import IdTokenSeen, TokensChanged, TokenType
from apps.drivers.models import Driver, IdToken, TokenStatus
from apps.events.services import emit

VALUE_LENGTH = 255
RFID = frozenset({TokenType.ISO14443, TokenType.ISO15693})
# A kind that a version does not know travels as Central.
CENTRAL = frozenset({TokenType.CENTRAL, TokenType.DIRECT_PAYMENT, TokenType.EVCCID, TokenType.VIN})


def find_token(seen: IdTokenSeen) -> IdToken | None:
    """The token a station shows, by its canonical value, else by a number approved for it; of a kind that can look
    like the one told.

    A number typed on a keypad is not the card with that number. RFID matches every kind, because 1.6 calls all RFID.
    """
    if not seen.value or len(seen.value) > VALUE_LENGTH or "\0" in seen.value:
        return None
    value = canonical_token(seen.value)
    tokens = IdToken.objects.select_related("driver")
    token = tokens.filter(value=value).first() or tokens.filter(aliases__value=value).first()
    return token if token and _is_like(token, seen.type) else None


def _is_like(token: IdToken, told: TokenType) -> bool:
    if told in RFID:
        return True
    return token.type == told or (told == TokenType.CENTRAL and token.type in CENTRAL)


@transaction.atomic
def save_token(token: IdToken, *, by: str) -> IdToken:
    """Save a new or edited token under its canonical value; raises UnableTo with the errors of each field."""
    token.value = canonical_token(token.value)
    saved = save_checked(token, by=by)
    emit(TokensChanged())
    return saved


def block_token(token: IdToken, *, by: str) -> None:
    """Refuse it from now on. A charge in progress goes on."""
    _set_status(token, TokenStatus.BLOCKED, by=by)


def report_token_lost(token: IdToken, *, by: str) -> None:
    """Refuse it from now on, whoever holds it."""
    _set_status(token, TokenStatus.LOST, by=by)


def unblock_token(token: IdToken, *, by: str) -> None:
    """Accept it again."""
    _set_status(token, TokenStatus.ACTIVE, by=by)


@transaction.atomic
def _set_status(token: IdToken, status: TokenStatus, *, by: str) -> None:
    if IdToken.objects.filter(pk=token.pk).exclude(status=status).update(status=status):
        audit.record(by, f"drivers.idtoken.{status}", audit.target_of(token))
        emit(TokensChanged())


def note_use(token: IdToken, *, on: date) -> None:
    """Remember the day of its last charge, by which short local lists are filled."""
    if token.last_used_on is None or token.last_used_on < on:
        IdToken.objects.filter(pk=token.pk).update(last_used_on=on)


def token_for(driver: Driver) -> IdToken:
    """The token that a charge started for a driver runs under: the newest that may charge. Raises UnableTo."""
    active = driver.tokens.filter(status=TokenStatus.ACTIVE).order_by("-created_at", "-pk")
    for token in active:
        if not token.is_expired:
            return token
    raise UnableTo(_("%(name)s has no id token that may charge. Add one first.") % {"name": driver.name})
