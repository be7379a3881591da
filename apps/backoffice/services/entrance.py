"""Who knocks too often, and what becomes of a person's choice of language."""

import hashlib

from django.conf import settings
from django.core.cache import cache

from apps.accounts.models import User

FAILURES = 10
FAILURES_FROM_ANYWHERE = 100
FORGOTTEN_AFTER_S = 15 * 60


def is_locked_out(email: str, address: str) -> bool:
    """Whether too many wrong passwords were tried, from this address or from everywhere together."""
    found = cache.get_many(_limits(email, address))
    return any(found.get(key, 0) >= most for key, most in _limits(email, address).items())


def note_failure(email: str, address: str) -> None:
    """Count a wrong password; fifteen minutes after the first one all is forgotten."""
    for key in _limits(email, address):
        cache.add(key, 0, FORGOTTEN_AFTER_S)
        cache.incr(key)


def _limits(email: str, address: str) -> dict[str, int]:
    """Counters with the number they may reach; texts of strangers are no safe keys, their digests are."""
    who = hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()
    return {f"login:{who}:{address}": FAILURES, f"login:{who}": FAILURES_FROM_ANYWHERE}


def remember_language(user: User, language: str) -> None:
    """Keep a person's language; one that we don't speak changes nothing."""
    if language in dict(settings.LANGUAGES) and user.language != language:
        User.objects.filter(pk=user.pk).update(language=language)
