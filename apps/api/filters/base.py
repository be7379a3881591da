"""Filters in the query: an unknown name or a value that can't be is an error, never silently everything."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.pagination import CURSOR, LIMIT
from apps.api.problems import FieldProblem
from apps.core.errors import FieldError

HIGHEST = 2**63 - 1


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Names wrong query parameters as `?name`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        known = {CURSOR, LIMIT} | set(filterset.filters if filterset else ())
        unknown = sorted(set(request.query_params) - known)
        errors = [FieldError(f"?{name}", str(_("There is no such filter."))) for name in unknown]
        if filterset is not None and not filterset.is_valid():
            errors += [
                FieldError(f"?{name}", message)
                for name, messages in filterset.errors.items()
                for message in messages
            ]  # fmt: skip
        if errors:
            raise FieldProblem(errors)
        return filterset.qs if filterset else queryset


class TextFilter(django_filters.CharFilter):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_length=255, **kwargs)


class NumberFilter(django_filters.Filter):  # type: ignore[misc]
    """Whole numbers."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=-HIGHEST, max_value=HIGHEST, **kwargs)


class YesNoFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]
    """`true` or `false`; django-filter's own takes anything else for no filter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(*args, choices=choices, coerce=_is_true, **kwargs)


def _is_true(text: str) -> bool:
    return text == "true"


class GivenFilter(YesNoFilter):
    """`true`: the field has a value; `false`: it has none."""

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return queryset if value in ("", None) else queryset.filter(**{f"{self.field_name}__isnull": not value})


class MissingFilter(YesNoFilter):
    """`true`: the field has no value; `false`: it has one."""

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return queryset if value in ("", None) else queryset.filter(**{f"{self.field_name}__isnull": value})


def after(field: str) -> Any:
    """From this instant on."""
    return django_filters.IsoDateTimeFilter(field_name=field, lookup_expr="gte")


def before(field: str) -> Any:
    """Until before this instant."""
    return django_filters.IsoDateTimeFilter(field_name=field, lookup_expr="lt")


class WithArchive(django_filters.FilterSet):  # type: ignore[misc]
    """Archived rows are left out of a list unless it is asked for them."""

    archived = GivenFilter(field_name="archived_at")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        shown: QuerySet[Any] = super().filter_queryset(queryset)
        return shown if self.form.cleaned_data["archived"] else shown.filter(archived_at=None)
