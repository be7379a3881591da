"""Files on their way to and from stations over our own addresses."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.stations.models.hardware import ChargingStation

DOWNLOAD, UPLOAD = "download", "upload"
DIRECTIONS = [(DOWNLOAD, _("to the station")), (UPLOAD, _("from the station"))]


class Transfer(models.Model):
    """One address that one station may use until it expires. Of its secret part only a keyed digest is kept.

    A download hands out the blob `sha256` of `size` bytes; uploads may bring `size` bytes in all. `moved` counts the
    bytes that went over the line, in all attempts together.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="transfers"
    )
    direction = models.CharField(_("direction"), max_length=8, choices=DIRECTIONS)
    token_digest = models.CharField(max_length=64, unique=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size"))
    moved = models.PositiveBigIntegerField(_("bytes moved"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.pk}"


class ReceivedFile(models.Model):
    """A file that a station has sent. It is kept as it came and never unpacked."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("size"))
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)

    class Meta:
        verbose_name = _("received file")
        verbose_name_plural = _("received files")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
