"""API keys: shown once, kept as a digest."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.messages import Scope
from apps.accounts.models import ApiKey
from apps.accounts.services import audit
from apps.accounts.services.digests import keyed_digest, possible_digests
from apps.accounts.services.saving import check
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo

MARK = "ohm_"
SECRET_BYTES = 24
PREFIX_LENGTH = 12
PURPOSE = "api-key"
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_api_key(
    name: str, *, scopes: Iterable[str], by: str, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can read again."""
    plain = MARK + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(
        name=name.strip(),
        prefix=plain[:PREFIX_LENGTH],
        digest=keyed_digest(plain.encode(), purpose=PURPOSE),
        scopes=_known(scopes),
        created_by=by,
        expires_at=expires_at,
    )
    check(key)
    key.save()
    audit.record(by, "accounts.apikey.created", audit.target_of(key), name=key.name, scopes=key.scopes)
    return key, plain


def _known(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in set(Scope)]
    if unknown or not wanted:
        known = ", ".join(Scope)
        message = _("Choose one or more of these scopes: %(known)s.") % {"known": known}
        raise UnableTo(message, errors=[FieldError("$.scopes", message)])
    return wanted


@transaction.atomic
def rotate_api_key(key: ApiKey, *, by: str) -> str:
    """Give a key a new text; the old one is refused from now on."""
    plain = MARK + secrets.token_urlsafe(SECRET_BYTES)
    key.prefix, key.digest = plain[:PREFIX_LENGTH], keyed_digest(plain.encode(), purpose=PURPOSE)
    key.save(update_fields=["prefix", "digest"])
    audit.record(by, "accounts.apikey.rotated", audit.target_of(key), name=key.name)
    return plain


@transaction.atomic
def revoke_api_key(key: ApiKey, *, by: str) -> None:
    """Refuse a key from now on; a second call changes nothing."""
    if key.revoked_at is None:
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        audit.record(by, "accounts.apikey.revoked", audit.target_of(key), name=key.name)


def find(plain: str) -> ApiKey | None:
    """The usable key with this text. Its last use is noted to the minute."""
    digests = possible_digests(plain.encode(errors="replace"), purpose=PURPOSE)
    key = ApiKey.objects.filter(digest__in=digests).first()
    if key is None or not key.is_usable():
        return None
    _note_use(key, digest=digests[0])
    return key


def _note_use(key: ApiKey, *, digest: str) -> None:
    """A digest under an old SECRET_KEY is renewed on the way."""
    at = now()
    if key.digest == digest and key.last_used_at and at - key.last_used_at < USE_IS_NOTED_EVERY:
        return
    key.last_used_at, key.digest = at, digest
    key.save(update_fields=["last_used_at", "digest"])
