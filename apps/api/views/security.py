"""Security events, and the certificates of stations."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.security import CertificateRequestFilter, InstalledCertificateFilter, SecurityEventFilter
from apps.api.serializers.operations import CommandSerializer
from apps.api.serializers.security import (
    CertificateRequestSerializer,
    ChainSerializer,
    ConfirmationSerializer,
    InstalledCertificateSerializer,
    NewRootSerializer,
    ReadRootsSerializer,
    RefusalSerializer,
    SecurityEventSerializer,
    StationOnlySerializer,
)
from apps.api.views.base import Collection
from apps.certificates.messages import CertificateUse
from apps.certificates.models import CertificateRequest, InstalledCertificate
from apps.certificates.services import requests, signing, trust
from apps.stations.models import SecurityEvent
from apps.stations.services.security import see_events


class SecurityEventViewSet(Collection[SecurityEvent]):
    """What stations reported about their security, and what we noticed about them."""

    queryset = SecurityEvent.objects.select_related("station")
    serializer_class = SecurityEventSerializer
    filterset_class = SecurityEventFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=None, responses={200: SecurityEventSerializer})
    @action(detail=True, methods=["post"])
    def seen(self, request: Request, pk: str) -> Response:
        """Somebody has looked at it; the first who says so stays."""
        event = self.get_object()
        see_events([event.pk], by=self.by)
        return self.shown(event)


class CertificateRequestViewSet(Collection[CertificateRequest]):
    """Requests of stations to have their keys certified."""

    queryset = CertificateRequest.objects.select_related("station")
    serializer_class = CertificateRequestSerializer
    filterset_class = CertificateRequestFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=StationOnlySerializer, responses={202: CommandSerializer})
    def create(self, request: Request) -> Response:
        """Ask a station for a request; the answer is the command that does so."""
        facts = self.checked(request, serializer=StationOnlySerializer)
        command = requests.ask_for_request(facts["station"], by=self.by)
        return Response(CommandSerializer(command).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=ChainSerializer, responses={202: CertificateRequestSerializer})
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Send the station its certificate. 400 for a chain that it can't use, 409 when it was decided before."""
        facts = self.checked(request, serializer=ChainSerializer)
        sent = signing.sign(self.get_object(), chain=facts["chain"], by=self.by)
        return self.shown(sent, code=status.HTTP_202_ACCEPTED)

    @extend_schema(request=RefusalSerializer, responses={200: CertificateRequestSerializer})
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        facts = self.checked(request, serializer=RefusalSerializer)
        return self.shown(requests.refuse(self.get_object(), by=self.by, note=facts["note"]))


class InstalledCertificateViewSet(Collection[InstalledCertificate]):
    """Certificates that stations trust."""

    queryset = InstalledCertificate.objects.select_related("station")
    serializer_class = InstalledCertificateSerializer
    filterset_class = InstalledCertificateFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewRootSerializer, responses={202: InstalledCertificateSerializer})
    def create(self, request: Request) -> Response:
        """Have a station trust a root; its row tells what becomes of it."""
        facts = self.checked(request, serializer=NewRootSerializer)
        row = trust.install(facts["station"], use=CertificateUse(facts["use"]), pem=facts["pem"], by=self.by)
        return self.shown(row, code=status.HTTP_202_ACCEPTED)

    @extend_schema(request=ReadRootsSerializer, responses={202: CommandSerializer(many=True)}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def read(self, request: Request) -> Response:
        """Have a station list them; 1.6 takes a command for each use."""
        facts = self.checked(request, serializer=ReadRootsSerializer)
        uses = [CertificateUse(use) for use in facts["uses"]]
        commands = trust.read(facts["station"], uses=uses, by=self.by)
        return Response(CommandSerializer(commands, many=True).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=ConfirmationSerializer, responses={202: InstalledCertificateSerializer})
    @action(detail=True, methods=["post"], url_path="delete")
    def remove(self, request: Request, pk: str) -> Response:
        """Have the station forget it. 409 for a root of the connection to us that nobody confirms."""
        facts = self.checked(request, serializer=ConfirmationSerializer)
        row = trust.delete(self.get_object(), by=self.by, is_sure=facts["confirm"])
        return self.shown(row, code=status.HTTP_202_ACCEPTED)
