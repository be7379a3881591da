"""From a socket's first byte to its last: log-in, lease, end."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from django.db.models import Q
from django.utils.translation import gettext_noop

from apps.core.clock import now
from apps.events.adapters.live import publish_channel
from apps.ocpp.messages import CertificateSubject, Link, Login
from apps.ocpp.services.commands import give_up_sent
from apps.ocpp.services.noticing import note_two_sockets
from apps.stations.messages import OcppVersion
from apps.stations.services.credentials import check, find, note_refused
from apps.stations.services.quirks import assumes_16
from apps.telemetry.messages import Lease
from apps.telemetry.services.leases import release_lease, take_lease
from apps.tenants.models import TEMPLATE_SCHEMA, Tenant
from apps.tenants.scope import schema_scope

# Stations are noted as seen every half minute.
BOTH_ALIVE = timedelta(seconds=60)


class Denial(StrEnum):
    """Why nobody is let in, as the operator's list of refused connections has it; a station is told none of it."""

    CREDENTIALS = gettext_noop("wrong identity or password")
    OTHER_STATION = gettext_noop("certificate of another station")
    OTHER_OPERATOR = gettext_noop("certificate of another operator")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What a station presents at the door."""

    slug: str
    identity: str
    user: str
    password: bytes = field(repr=False)
    address: str
    subprotocols: tuple[str, ...]
    certificate: CertificateSubject | None = None


def log_in(attempt: Attempt) -> Login | Denial:
    """The station behind an attempt. A certificate decides alone (A00.FR.401): no password makes up for a wrong one."""
    return _by_password(attempt) if attempt.certificate is None else _by_certificate(attempt, attempt.certificate)


def _by_certificate(attempt: Attempt, certificate: CertificateSubject) -> Login | Denial:
    """It names the station (A00.FR.405) and the tenant (A00.FR.404): all tenants' certificates have the same issuers.

    The station's name is the identity that an operator gave it: the serial number is only what somebody told us of it.
    """
    if certificate.common_name != attempt.identity:
        return Denial.OTHER_STATION
    tenant = _only_tenant_called(certificate.organization)
    if tenant is None or tenant.slug != attempt.slug:
        return Denial.OTHER_OPERATOR
    with schema_scope(tenant.schema_name):
        found = find(attempt.identity)
    if found is None or not tenant.is_active:
        return Denial.CREDENTIALS
    return Login(schema=tenant.schema_name, tenant_id=tenant.pk, station_id=found.station_id, identity=attempt.identity)


def _only_tenant_called(organization: str) -> Tenant | None:
    """By slug or name. Names may repeat; one that is not one tenant's alone tells nobody apart."""
    if not organization or not organization.isprintable():
        return None
    called = list(Tenant.objects.filter(Q(slug=organization) | Q(name=organization)).order_by()[:2])
    return called[0] if len(called) == 1 else None


def _by_password(attempt: Attempt) -> Login | Denial:
    """Unknown tenants are looked for as long as known ones, in the template."""
    tenants = Tenant.objects.filter(slug=attempt.slug, is_active=True).order_by()
    tenant_id, schema = next(iter(tenants.values_list("pk", "schema_name")), (None, TEMPLATE_SCHEMA))
    with schema_scope(schema):
        found = check(attempt.identity, attempt.password)
    if tenant_id is None or found is None or attempt.user != attempt.identity:
        return Denial.CREDENTIALS
    return Login(schema=schema, tenant_id=tenant_id, station_id=found.station_id, identity=attempt.identity)


def list_refused(attempt: Attempt, *, reason: str) -> None:
    """Show a refused connection to the tenant's operators. Nobody is there to see one of an unknown tenant."""
    tenant = Tenant.objects.filter(slug=attempt.slug, is_active=True).first()
    if tenant:
        with schema_scope(tenant.schema_name):
            note_refused(attempt.identity, reason, attempt.address, ", ".join(attempt.subprotocols))


def let_in(attempt: Attempt, *, gateway: str, offered: tuple[OcppVersion, str] | None) -> Link | Login | Denial:
    """Log in and take the lease. Without a version in common it stays at the log-in.

    What offers none may be taken to speak 1.6, where somebody has said so of this very station.
    """
    login = log_in(attempt)
    if isinstance(login, Denial):
        return login
    with schema_scope(login.schema):
        if offered is None and not assumes_16(login.station_id):
            return login
        version, subprotocol = offered or (OcppVersion.V16, "")  # Q66
        return open_link(login, gateway=gateway, version=version, subprotocol=subprotocol, address=attempt.address)


def open_link(login: Login, *, gateway: str, version: OcppVersion, subprotocol: str, address: str) -> Link:
    """Take the lease, and tell the gateway process that held it before to let go."""
    lease = take_lease(login.station_id, gateway=gateway, version=version, address=address)
    if lease.superseded_gateway not in ("", gateway):
        message = {"type": "superseded", "schema": login.schema, "station_id": login.station_id, "epoch": lease.epoch}
        publish_channel(lease.superseded_gateway, message)
    if _were_two(lease, address):
        note_two_sockets(login.station_id, addresses=(lease.superseded_address, address))
    return Link(
        schema=login.schema,
        tenant_id=login.tenant_id,
        station_id=login.station_id,
        identity=login.identity,
        version=version,
        epoch=lease.epoch,
        subprotocol=subprotocol,
    )


def _were_two(lease: Lease, address: str) -> bool:
    """Whether another socket was alive elsewhere a moment ago; from the same place it is a station that came back."""
    seen_at = lease.superseded_seen_at
    return (
        bool(lease.superseded_gateway)
        and lease.superseded_address != address
        and (seen_at is not None and now() - seen_at < BOTH_ALIVE)
    )


def end_link(link: Link) -> None:
    """The socket is gone: its open commands can't be answered any more. A superseded link changes nothing else."""
    give_up_sent(link)
    release_lease(link.station_id, epoch=link.epoch)
