"""Two kinds of admin, and no third: one reads, the other calls a service for every write."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from apps.accounts.models import User
from apps.accounts.services.audit import target_of
from apps.core.errors import FieldError, UnableTo

ROOT = "$"


def by(request: HttpRequest) -> str:
    """How the audit trail names the person behind a request."""
    assert isinstance(request.user, User)
    return request.user.email


class ReadingAdmin(ModelAdmin):  # type: ignore[misc]
    """Lists and shows; nobody changes anything here, whatever their role."""

    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True
    list_filter_submit = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return _history(self, request, object_id)


class ServiceAdmin(ModelAdmin):  # type: ignore[misc]
    """Forms whose every write is one call of a service, which checks, writes and enters it in the audit trail.

    Subclasses say `save_row`, and `delete_row` where rows may go. What the service refuses stands at the form's
    fields. Inlines are not for writing: each row has its own page.
    """

    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True
    may_delete = False

    def save_row(self, row: Any, form: Any, *, by: str) -> Any:
        """Save a new or edited row by one service; raises UnableTo."""
        raise NotImplementedError

    def delete_row(self, row: Any, *, by: str) -> None:
        """Delete a row by one service; raises UnableTo."""
        raise NotImplementedError

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_delete and bool(super().has_delete_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = self.save_row(obj, form, by=by(request))
        obj.pk = saved.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Relations are part of the row's own service."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        raise NotImplementedError

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_row(obj, by=by(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> None:
        for row in queryset:
            self.delete_row(row, by=by(request))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What the service refuses is shown at the form, filled in as it was."""
        try:
            answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except UnableTo as problem:
            request.refusal = problem  # type: ignore[attr-defined]
            answer = super().changeform_view(request, object_id, form_url, extra_context)
        return answer

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type(form.__name__, (_Refused, form), {"refusal": refusal}) if refusal else form

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        except UnableTo as problem:
            messages.error(request, str(problem))
            return redirect(request.path.removesuffix("delete/") + "change/")
        return answer

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        try:
            answer: HttpResponse = super().changelist_view(request, extra_context)
        except UnableTo as problem:
            messages.error(request, str(problem))
            return redirect(request.get_full_path())
        return answer

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return _history(self, request, object_id)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> list[Any]:
        """For Django's own log, which is not kept."""
        return []

    # The service has entered it in the audit trail already.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        return None


class _Refused:
    """A form whose data a service has refused a moment ago."""

    refusal: UnableTo

    def _post_clean(self: Any) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.refusal.errors:
            self.add_error(None, str(self.refusal))
        for error in self.refusal.errors:
            _add_error(self, error)


def _add_error(form: BaseForm, error: FieldError) -> None:
    name = error.path.removeprefix(f"{ROOT}.")
    form.add_error(name if name in form.fields else None, error.message)


def _history(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Who did what to this row: the audit trail."""
    row = admin.get_object(request, object_id)
    if row is None or not admin.has_view_permission(request, row):
        raise PermissionDenied
    return redirect(f"{reverse('admin:accounts_auditentry_changelist')}?target={target_of(row)}")
