"""The roots that stations trust: installed, read back, deleted."""

from collections.abc import Iterable
from dataclasses import astuple

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.certificates.messages import (
    CertificateHashData,
    CertificateUse,
    DeleteCertificate,
    GetInstalledCertificateIds,
    InstallCertificate,
)
from apps.certificates.models import InstalledCertificate, InstalledState
from apps.certificates.rules.facts import CertificateFacts, facts_of_certificate, hash_data_of
from apps.certificates.rules.judging import Flaw, flaw_of_root
from apps.certificates.services.signing import WAITS_S, as_pem, read_certificates, unable
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.core.text import storable
from apps.events.services import broadcast
from apps.stations.messages import OcppVersion
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.commands import queue_command
from apps.stations.services.rows import locked_station

USES_16 = (CertificateUse.CSMS_ROOT, CertificateUse.MANUFACTURER_ROOT)
USES_2 = (*USES_16, CertificateUse.V2G_ROOT, CertificateUse.MO_ROOT)
LONGEST_ROOT, LONGEST_ROOT_21 = 5_500, 10_000  # InstallCertificateRequest, by version


def uses_to_install(station: ChargingStation) -> tuple[CertificateUse, ...]:
    """By the version that the station speaks; what it has not told yet is taken for 1.6."""
    if station.ocpp_version == OcppVersion.V21:
        return (*USES_2, CertificateUse.OEM_ROOT)
    return USES_2 if station.ocpp_version == OcppVersion.V201 else USES_16


def uses_to_read(station: ChargingStation) -> tuple[CertificateUse, ...]:
    is_16 = uses_to_install(station) == USES_16
    return USES_16 if is_16 else (*uses_to_install(station), CertificateUse.V2G_CHAIN)


@transaction.atomic
def install(station: ChargingStation, *, use: CertificateUse, pem: str, by: str) -> InstalledCertificate:
    """Have a station trust a root. Raises UnableTo for what is none, has expired, or is too long for it."""
    if use not in uses_to_install(station):
        raise UnableTo(_("The OCPP version of this station has no certificates for this use."))
    certificates = read_certificates(pem, field="pem")
    text = as_pem(certificates)
    longest = LONGEST_ROOT_21 if station.ocpp_version == OcppVersion.V21 else LONGEST_ROOT
    flaw = flaw_of_root(certificates, at=now()) or (Flaw.TOO_LONG if len(text) > longest else None)
    if flaw:
        raise unable(flaw, field="pem")
    facts = facts_of_certificate(certificates[0])
    row = _row(locked_station(station.pk), use, facts, hash_data_of(certificates[0]))
    row.pem, row.by, row.state, row.note = text, by, InstalledState.ASKED, ""
    message = InstallCertificate(use=use, certificate=text)
    row.command = queue_command(station, message, by=by, expires_in_s=WAITS_S)
    row.save()
    target = audit.target_of(station)
    audit.record(by, "certificates.root.installed", target, use=use.value, fingerprint=facts.fingerprint)
    broadcast("certificates", id=station.pk)
    return row


def _row(
    station: ChargingStation, use: CertificateUse, facts: CertificateFacts, name: CertificateHashData
) -> InstalledCertificate:
    """The same certificate for the same use is one row, whatever became of it before."""
    known = InstalledCertificate.objects.filter(station=station, use=use, fingerprint=facts.fingerprint).first()
    row = known or InstalledCertificate(station=station, use=use, fingerprint=facts.fingerprint)
    if known is None:
        row.call(name)
    row.subject, row.issuer = storable(facts.subject), storable(facts.issuer)
    row.valid_from, row.valid_until = facts.valid_from, facts.valid_until
    return row


@transaction.atomic
def delete(row: InstalledCertificate, *, by: str, is_sure: bool = False) -> InstalledCertificate:
    """Have a station forget a root, by the name it gave it (M04.FR.07).

    One that it may need to find back to us takes someone who is sure; it should refuse the one in use (M04.FR.06).
    """
    station = locked_station(row.station_id)
    kept = InstalledCertificate.objects.get(pk=row.pk)
    if not kept.is_present:
        raise UnableTo(_("The station is not known to have this certificate."))
    if not kept.issuer_key_hash:
        raise UnableTo(_("Read the station's certificates first: only it knows this one's whole name."))
    if kept.may_be_in_use and not is_sure:
        raise UnableTo(warning_before_deleting(kept))
    kept.command = queue_command(station, DeleteCertificate(hash_data=kept.hash_data), by=by, expires_in_s=WAITS_S)
    kept.save(update_fields=["command"])
    kept.enter(InstalledState.DELETING)
    name = "/".join(astuple(kept.hash_data))
    audit.record(by, "certificates.root.deleted", audit.target_of(station), use=kept.use, certificate=name)
    broadcast("certificates", id=station.pk)
    return kept


def warning_before_deleting(row: InstalledCertificate) -> str:
    """Empty where nothing can go wrong."""
    if not row.may_be_in_use:
        return ""
    others = InstalledCertificate.objects.filter(
        station=row.station_id, use=row.use, state=InstalledState.INSTALLED
    ).exclude(pk=row.pk)
    if others.exists():
        return _("The station may check our server by this root. Confirm that another one does.")
    return _("This is the only root for the connection to us: without it the station may never find back. Confirm it.")


@transaction.atomic
def read(station: ChargingStation, *, by: str, uses: Iterable[CertificateUse] = ()) -> list[StationCommand]:
    """Have a station list its certificates; 1.6 is asked once per use. Without uses all that its version knows."""
    wanted = tuple(uses) or uses_to_read(station)
    is_16 = uses_to_install(station) == USES_16
    questions = [(use,) for use in wanted] if is_16 else [wanted]
    return [queue_command(station, GetInstalledCertificateIds(uses=asked), by=by) for asked in questions]
