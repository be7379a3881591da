"""Who looks at a page, and what they may see."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from apps.accounts.models import User
from apps.core.identifiers import masked_token


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """An operator in front of a page, with their language."""

    user: User
    language: str

    def may(self, permission: str) -> bool:
        return self.user.has_perm(permission)

    def token_text(self, value: str) -> str:
        """A card number as this operator may see it."""
        return value if self.may("drivers.see_token") else masked_token(value)


def viewer_of_session(session_key: str, *, language: str) -> Viewer | None:
    """The operator behind a session of this tenant; none when it is unknown, over, or of a changed password."""
    session = SessionStore(session_key)
    user = User.objects.filter(pk=_user_id(session) or 0, is_active=True).first()
    if user is None:
        return None
    told = session.get(HASH_SESSION_KEY, "")
    if not constant_time_compare(told, user.get_session_auth_hash()):
        return None
    known = {code for code, _name in settings.LANGUAGES}
    return Viewer(user=user, language=language if language in known else user.language or settings.LANGUAGE_CODE)


def _user_id(session: SessionStore) -> int | None:
    try:
        return int(session.get(SESSION_KEY) or 0) or None
    except ValueError:
        return None
