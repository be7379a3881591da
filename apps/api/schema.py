"""What the OpenAPI document says beyond what the code shows: the key, and how errors look."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from apps.api.authentication import SCHEME
from apps.api.problems import MEDIA_TYPE


class FieldErrorSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(help_text="JSON path in the body ($.payload.connectorId), or ?name in the query.")
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]


class ProblemSchema(AutoSchema):
    """Every operation may answer with a problem."""

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        described: Any = self._get_response_for_code
        bodies["4XX"] = described(ProblemSerializer, "4XX", media_types=[MEDIA_TYPE])
        return bodies


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An opaque API key in the Authorization header."""

    target_class = "apps.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": SCHEME.lower()}
