"""Saving what a person or a program edited: checked by the model, written, and entered in the audit trail."""

from typing import TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.errors import FieldError, UnableTo

Row = TypeVar("Row", bound=models.Model)


@transaction.atomic
def save_checked(row: Row, *, by: str, name: str = "") -> Row:
    """Save a new or edited row. The trail names the fields that changed, not what they hold: it can't be erased.

    `name` is how people call the row, where that is no person's name.
    Raises UnableTo with the errors of each field. An unchanged row is neither saved nor entered.
    """
    check(row)
    changed = _changed_fields(row)
    if not changed:
        return row
    is_new = row._state.adding
    _write(row, changed)
    verb = "created" if is_new else "changed"
    detail = {"name": name, "fields": changed} if name else {"fields": changed}
    audit.record(by, f"{row._meta.label_lower}.{verb}", audit.target_of(row), **detail)
    return row


def _write(row: models.Model, changed: list[str]) -> None:
    """Only what changed, so that what the row learnt meanwhile by other ways stays."""
    try:
        with transaction.atomic():
            row.save(update_fields=None if row._state.adding else changed)
    except IntegrityError as problem:
        raise UnableTo(_("Someone else has just saved the same. Look at it and try again.")) from problem


def check(row: models.Model) -> None:
    """Raise UnableTo when the model's own rules refuse a row."""
    try:
        row.full_clean()
    except ValidationError as problem:
        errors = field_errors(problem)
        summary = " ".join(dict.fromkeys(error.message for error in errors))
        raise UnableTo(summary or _("This can't be saved."), errors=errors) from problem


def field_errors(problem: ValidationError) -> list[FieldError]:
    """Django's errors as paths; what belongs to no field stands at the root."""
    return [
        FieldError("$" if field == NON_FIELD_ERRORS else f"$.{field}", message)
        for field, messages in problem.message_dict.items()
        for message in messages
    ]


def _changed_fields(row: models.Model) -> list[str]:
    is_new = row._state.adding
    fields = [field for field in row._meta.concrete_fields if not field.primary_key and (is_new or field.editable)]
    names = [field.attname for field in fields]
    if is_new:
        return sorted(names)
    before = type(row)._base_manager.filter(pk=row.pk).values(*names).get()
    return sorted(name for name in names if before[name] != getattr(row, name))
