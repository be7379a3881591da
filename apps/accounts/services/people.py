"""Operators of a tenant, or platform staff in the public schema."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.messages import Role
from apps.accounts.models import User
from apps.accounts.services import audit
from apps.accounts.services.saving import check, save_checked
from apps.core.errors import FieldError, UnableTo

PASSWORD_BYTES = 15


@transaction.atomic
def create_operator(
    email: str, *, role: str, by: str, name: str = "", password: str | None = None, language: str = ""
) -> tuple[User, str]:
    """A new user and their password, which is made up when none is given. An address in use is refused."""
    address = email.strip().lower()
    if User.objects.filter(email__iexact=address).exists():
        message = _("A user with this e-mail address already exists.")
        raise UnableTo(message, errors=[FieldError("$.email", message)])
    user = User(email=address, name=name.strip(), role=role, language=language)
    chosen = _checked_password(password, user) if password else _made_up_password()
    user.set_password(chosen)
    check(user)
    user.save()
    audit.record(by, "accounts.user.created", audit.target_of(user), role=user.role)
    return user, chosen


@transaction.atomic
def set_password(user: User, password: str | None, *, by: str) -> str:
    """Give a user a new password, made up when none is given, and say it."""
    chosen = _checked_password(password, user) if password else _made_up_password()
    user.set_password(chosen)
    user.save(update_fields=["password"])
    audit.record(by, "accounts.user.password_set", audit.target_of(user))
    return chosen


@transaction.atomic
def save_user(user: User, *, by: str) -> User:
    """Save an edited user (name, role, language, active). The last active owner stays one."""
    user.email = user.email.strip().lower()
    owners = User.objects.select_for_update().filter(role=Role.OWNER, is_active=True)
    others = [owner for owner in owners if owner.pk != user.pk]
    was_owner = any(owner.pk == user.pk for owner in owners)
    if was_owner and not others and not (user.is_active and user.role == Role.OWNER):
        raise UnableTo(_("This is the last owner. Make someone else owner first."))
    return save_checked(user, by=by)


def _made_up_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _checked_password(password: str, user: User) -> str:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        message = " ".join(problem.messages)
        raise UnableTo(message, errors=[FieldError("$.password", message)]) from problem
    return password
