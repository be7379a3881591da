"""Drivers and id tokens."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.people import DriverFilter, TokenFilter
from apps.api.serializers.people import ChangedTokenSerializer, DriverSerializer, TokenSerializer
from apps.api.views.base import Collection, change, refuse_second
from apps.core.identifiers import canonical_token
from apps.drivers.models import Driver, IdToken
from apps.drivers.services import drivers, tokens


class DriverViewSet(Collection[Driver]):
    """Those who charge and are invoiced. Deleting archives: their invoices stay."""

    queryset = Driver.objects.prefetch_related("tokens")
    serializer_class = DriverSerializer
    filterset_class = DriverFilter
    write_scope = Scope.DRIVERS_WRITE
    lookup_value_regex = r"\d+"

    def create(self, request: Request) -> Response:
        facts = self.checked(request)
        self._refuse_taken_number(facts, Driver())
        return self.shown(drivers.save_driver(Driver(**facts), by=self.by), code=status.HTTP_201_CREATED)

    def update(self, request: Request, **kwargs: Any) -> Response:
        driver, facts = self.get_object(), self.checked(request)
        self._refuse_taken_number(facts, driver)
        return self.shown(drivers.save_driver(change(driver, facts), by=self.by))

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        drivers.archive_driver(self.get_object(), by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _refuse_taken_number(self, facts: dict[str, Any], driver: Driver) -> None:
        number = facts.get("external_id")
        if number:
            refuse_second(Driver.objects.filter(external_id=number).exclude(pk=driver.pk), number)


class TokenViewSet(Collection[IdToken]):
    """Id tokens by canonical value. A token is not deleted but blocked: charges refer to it."""

    queryset = IdToken.objects.select_related("driver")
    serializer_class = TokenSerializer
    filterset_class = TokenFilter
    write_scope = Scope.DRIVERS_WRITE
    lookup_field = "value"
    lookup_value_regex = ".+"

    def get_object(self) -> IdToken:
        token: IdToken = get_object_or_404(self.get_queryset(), value=canonical_token(self.kwargs["value"]))
        return token

    def create(self, request: Request) -> Response:
        facts = self.checked(request)
        refuse_second(IdToken.objects.filter(value=facts["value"]), facts["value"])
        return self.shown(tokens.save_token(IdToken(**facts), by=self.by), code=status.HTTP_201_CREATED)

    @extend_schema(request=ChangedTokenSerializer)
    def update(self, request: Request, **kwargs: Any) -> Response:
        token, facts = self.get_object(), self.checked(request, serializer=ChangedTokenSerializer)
        return self.shown(tokens.save_token(change(token, facts), by=self.by))

    @extend_schema(request=ChangedTokenSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)
