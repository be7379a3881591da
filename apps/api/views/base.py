"""What all resources share."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.accounts.messages import Scope
from apps.api.authentication import program_of
from apps.api.filters.base import StrictFilterBackend
from apps.api.parsers import StrictJSONParser
from apps.api.problems import Conflict
from apps.api.schema import ProblemSchema
from apps.core.text import storable

M = TypeVar("M", bound=Model)


class JsonAlways(BaseContentNegotiation):
    """There is one format; a browser that asks for HTML gets it too, instead of a 406."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> Any:
        mime = request.content_type.split(";")[0].strip().lower()
        return next(iter(parsers)) if mime in ("", "application/json") or mime.endswith("+json") else None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class ApiMixin(APIView):
    """`write_scope` is what writes need; without it a view is for reading only."""

    write_scope: Scope | None = None
    parser_classes = [StrictJSONParser]
    content_negotiation_class = JsonAlways
    schema = ProblemSchema()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing has a name that can't be stored."""
        super().initial(request, *args, **kwargs)
        if any(storable(name) != name for name in kwargs.values()):
            raise NotFound

    @property
    def by(self) -> str:
        return program_of(self.request).by


class Resource(ApiMixin, GenericViewSet[M]):
    """Rows of one kind, addressed by `lookup_field`, narrowed by a filter set, paged in `page_order`."""

    filter_backends = [StrictFilterBackend]
    lookup_value_regex = "[^/]+"
    page_order: Sequence[str] = ("-pk",)

    def filter_queryset(self, queryset: Any) -> Any:
        """Filters narrow lists; a row that is asked for by its key is shown whatever they say."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def checked(self, request: Request, *, serializer: type[BaseSerializer[Any]] | None = None) -> dict[str, Any]:
        """What the body says, by this action's serializer."""
        checker = serializer or self.get_serializer_class()
        body = checker(data=request.data, partial=request.method == "PATCH", context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        facts: dict[str, Any] = body.validated_data
        return facts

    def shown(self, row: M, *, code: int = status.HTTP_200_OK, password: str | None = None) -> Response:
        """A row as a list would show it, and a password that is told only now."""
        fresh = self.get_queryset().get(pk=row.pk)
        data = self.reading_serializer(fresh, context=self.get_serializer_context()).data
        return Response({**data, "password": password} if password else data, status=code)

    @property
    def reading_serializer(self) -> type[BaseSerializer[Any]]:
        assert self.serializer_class is not None
        return self.serializer_class


class Collection(ListModelMixin, RetrieveModelMixin, Resource[M]):
    """A list and its rows."""


def change(row: M, facts: dict[str, Any]) -> M:
    """Put what was said into a row; the service checks and saves it."""
    for name, value in facts.items():
        setattr(row, name, value)
    return row


def refuse_second(existing: "QuerySet[Any]", name: str) -> None:
    """Nothing is made twice: a natural key that is taken is a conflict, not a wrong field."""
    if existing.exists():
        raise Conflict(_("“%(name)s” already exists.") % {"name": name[:100]})
