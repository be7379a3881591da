"""Commands to stations, and the frames on their sockets."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.base import AnyObject, Strict, StrictModel
from apps.dialects.adapters.masking import masked
from apps.stations.models import StationCommand
from apps.stations.services.wording import in_words
from apps.telemetry.models import Frame

LONGEST_WAIT_S = 60
LONGEST_LIFE_S = 7 * 24 * 3600
KINDS = {2: "call", 3: "result", 4: "error", 5: "result_error", 6: "send"}


class NewCommandSerializer(Strict):
    """An OCPP action of the station's version with its payload.

    `expires_in` is how many seconds the command may wait for the station; 0 means only if it is connected now.
    """

    action = serializers.CharField(max_length=50)
    payload = AnyObject(default=dict)
    expires_in = serializers.IntegerField(min_value=0, max_value=LONGEST_LIFE_S, default=60)


class CommandSerializer(StrictModel):
    """A request to a station. `answer` is the payload of its answer, `error` says in words what went wrong.

    Passwords in either are hidden.
    """

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    payload = serializers.SerializerMethodField()
    answer = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = StationCommand
        fields = [
            "id", "station", "state", "action", "payload", "answer", "status", "error", "late_answer", "by",
            "created_at", "expires_at", "sent_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(AnyObject(allow_null=True))
    def get_payload(self, command: StationCommand) -> Any:
        return masked(command.payload)

    @extend_schema_field(AnyObject(allow_null=True))
    def get_answer(self, command: StationCommand) -> Any:
        return masked(command.answer)

    def get_error(self, command: StationCommand) -> str | None:
        return in_words(command.error) or None


class FrameSerializer(serializers.ModelSerializer[Frame]):
    """One OCPP-J frame. `payload` is its JSON text with secrets masked."""

    station = serializers.CharField(source="identity", read_only=True)
    from_station = serializers.BooleanField(source="incoming", read_only=True, help_text=_("Else it is to it."))
    kind = serializers.SerializerMethodField()

    class Meta:
        model = Frame
        fields = ["id", "station", "at", "from_station", "kind", "message_id", "action", "payload", "note"]
        read_only_fields = fields

    def get_kind(self, frame: Frame) -> str:
        return KINDS.get(frame.kind, str(frame.kind))
