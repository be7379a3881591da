"""What becomes of a person's choice of language."""

from django.conf import settings

from apps.accounts.models import User


def remember_language(user: User, language: str) -> None:
    """Keep a person's language; one that we don't speak changes nothing."""
    if language in dict(settings.LANGUAGES) and user.language != language:
        User.objects.filter(pk=user.pk).update(language=language)
