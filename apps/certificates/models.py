"""Requests of stations for a certificate, and the certificates that they trust."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.certificates.messages import CertificateHashData, CertificateSigningUse, CertificateUse, HashAlgorithm
from apps.stations.models import ChargingStation, StationCommand

SIGNING_USES = [
    (CertificateSigningUse.CHARGING_STATION, _("connection to us")),
    (CertificateSigningUse.V2G, _("Plug & Charge (ISO 15118-2)")),
    (CertificateSigningUse.V2G20, _("Plug & Charge (ISO 15118-20)")),
]
USES = [
    (CertificateUse.CSMS_ROOT, _("root of the connection to us")),
    (CertificateUse.MANUFACTURER_ROOT, _("root of the manufacturer")),
    (CertificateUse.V2G_ROOT, _("V2G root")),
    (CertificateUse.MO_ROOT, _("root of a mobility operator")),
    (CertificateUse.OEM_ROOT, _("root of a car maker")),
    (CertificateUse.V2G_CHAIN, _("V2G certificate with its chain")),
]

ROOT_USES = USES[:-1]  # a chain is reported, never installed


class RequestState(models.TextChoices):
    RECEIVED = "received", _("to be signed")
    REFUSED = "refused", _("refused")
    SENT = "sent", _("sent")
    SIGNED = "signed", _("signed and taken")
    FAILED = "failed", _("not taken by the station")


OPEN_REQUESTS = (RequestState.RECEIVED, RequestState.FAILED)


class CertificateRequest(models.Model):
    """A station asks to have its key certified. The same request once more is the same row.

    `note` says in a word what spoke against it (`rules.judging.Flaw`), or how the station answered. `chain` is what it
    was sent, `valid_until` that of its own certificate in it.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="certificate_requests"
    )
    use = models.CharField(
        _("use"), max_length=30, choices=SIGNING_USES, default=CertificateSigningUse.CHARGING_STATION
    )
    request_id = models.BigIntegerField(null=True)
    csr = models.TextField(_("request"))
    digest = models.CharField(max_length=64)
    subject = models.TextField(_("subject"), blank=True)
    common_name = models.TextField(_("common name"), blank=True)
    organization = models.TextField(_("organisation"), blank=True)
    key_kind = models.CharField(_("key"), max_length=20, blank=True)
    key_bits = models.PositiveIntegerField(_("bits"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=RequestState, default=RequestState.RECEIVED)
    note = models.CharField(_("remark"), max_length=300, blank=True)
    first_at = models.DateTimeField(_("first asked"))
    last_at = models.DateTimeField(_("last asked"))
    count = models.PositiveIntegerField(_("how often"), default=1)
    chain = models.TextField(_("chain"), blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True)
    command = models.ForeignKey(StationCommand, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("certificate request")
        verbose_name_plural = _("certificate requests")
        ordering = ["-last_at", "-pk"]
        permissions = [("manage", _("Can sign, install and delete certificates"))]
        constraints = [models.UniqueConstraint(fields=["station", "digest"], name="certificate_request_once")]
        indexes = [models.Index(fields=["command"], name="certificate_request_command")]

    def __str__(self) -> str:
        return self.subject or self.digest[:16]

    @property
    def is_open(self) -> bool:
        """Whether it may be signed or refused."""
        return self.state in OPEN_REQUESTS

    def repeat(self, *, at: datetime, request_id: int | None) -> None:
        """Asked once more: for one that was answered to the end, or failed, the station wants another answer."""
        self.count, self.last_at, self.request_id = self.count + 1, at, request_id
        if self.state in (RequestState.SIGNED, RequestState.FAILED):
            self.state = RequestState.RECEIVED
        self.save(update_fields=["count", "last_at", "request_id", "state"])

    def decide(self, state: RequestState, *, by: str, at: datetime, note: str = "") -> None:
        self.state, self.decided_by, self.decided_at, self.note = state, by, at, note
        self.save()

    def enter(self, state: RequestState, *, note: str = "") -> None:
        """What became of the answer."""
        self.state, self.note = state, note
        self.save(update_fields=["state", "note"])


class InstalledState(models.TextChoices):
    ASKED = "asked", _("being installed")
    INSTALLED = "installed", _("installed")
    FAILED = "failed", _("not installed")
    DELETING = "deleting", _("being deleted")
    DELETED = "deleted", _("deleted")
    GONE = "gone", _("no longer reported")


PRESENT = (InstalledState.INSTALLED, InstalledState.DELETING)


class InstalledCertificate(models.Model):
    """A certificate in a station: one that it reported, one that we had it install, or both.

    Stations report names (`hash_data`) only; what it says of itself is known of what we installed. `told_at` is when
    the station last reported it.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="certificates"
    )
    use = models.CharField(_("use"), max_length=30, choices=USES)
    hash_algorithm = models.CharField(_("algorithm"), max_length=10)
    issuer_name_hash = models.CharField(_("hash of the issuer's name"), max_length=128)
    issuer_key_hash = models.CharField(_("hash of the issuer's key"), max_length=128, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=60)
    children = models.JSONField(_("chain"), default=list)
    told_at = models.DateTimeField(_("reported at"), null=True)
    pem = models.TextField("PEM", blank=True)
    subject = models.TextField(_("subject"), blank=True)
    issuer = models.TextField(_("issuer"), blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True)
    valid_until = models.DateTimeField(_("valid until"), null=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=InstalledState)
    note = models.CharField(_("remark"), max_length=300, blank=True)
    command = models.ForeignKey(StationCommand, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.CharField(_("by"), max_length=254, blank=True)
    created_at = models.DateTimeField(_("first known"), auto_now_add=True)

    class Meta:
        verbose_name = _("installed certificate")
        verbose_name_plural = _("installed certificates")
        ordering = ["use", "valid_until", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "use", "fingerprint"],
                condition=~Q(fingerprint=""),
                name="certificate_installed_once",
            )
        ]
        indexes = [
            models.Index(fields=["valid_until"], name="certificate_expiry"),
            models.Index(fields=["command"], name="certificate_command"),
        ]

    def __str__(self) -> str:
        return self.subject or f"{self.get_use_display()} {self.serial_number}"

    @property
    def is_present(self) -> bool:
        return self.state in PRESENT

    @property
    def may_be_in_use(self) -> bool:
        """Whether the station may check our server by it; without it, it may not find back to us."""
        return self.use == CertificateUse.CSMS_ROOT

    @property
    def hash_data(self) -> CertificateHashData:
        return CertificateHashData(
            hash_algorithm=HashAlgorithm(self.hash_algorithm),
            issuer_name_hash=self.issuer_name_hash,
            issuer_key_hash=self.issuer_key_hash,
            serial_number=self.serial_number,
        )

    def call(self, name: CertificateHashData) -> None:
        """Take over a name; the caller saves."""
        self.hash_algorithm, self.issuer_name_hash = name.hash_algorithm, name.issuer_name_hash
        self.issuer_key_hash, self.serial_number = name.issuer_key_hash, name.serial_number

    def enter(self, state: InstalledState, *, note: str = "") -> None:
        self.state, self.note = state, note
        self.save(update_fields=["state", "note"])
