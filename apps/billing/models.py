"""The papers: priced charges, invoices with their lines, number series, the seller, and the rendered documents.

A Cdr, an invoice and its lines are final: the database refuses to change or delete them. Corrections are credit notes.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from stdnum import bic as bic_numbers
from stdnum import iban as iban_numbers
from stdnum.exceptions import ValidationError as WrongNumber

from apps.billing.messages import ChargePlace, InvoiceKind, Party, Seller, TaxAmount
from apps.billing.rules import Line
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.core.money import round_money
from apps.stations.models.hardware import check_time_zone
from apps.tariffs.messages import LineKind, Quote, QuoteLine, TariffTerms, Unit
from apps.tariffs.models import check_currency

KINDS = [(InvoiceKind.INVOICE.value, _("invoice")), (InvoiceKind.CREDIT_NOTE.value, _("credit note"))]
LINE_KINDS = [(kind.value, kind.value) for kind in LineKind]
UNITS = [(unit.value, unit.value) for unit in Unit]


def _amount(label: Any) -> "models.DecimalField[Decimal, Decimal]":
    """Three decimals hold every currency's minor unit."""
    return models.DecimalField(label, max_digits=15, decimal_places=3)


def check_iban(value: str) -> None:
    try:
        iban_numbers.validate(value)
    except WrongNumber as problem:
        raise ValidationError(_("This is no valid IBAN.")) from problem


def check_bic(value: str) -> None:
    try:
        bic_numbers.validate(value)
    except WrongNumber as problem:
        raise ValidationError(_("This is no valid BIC.")) from problem


class SellerProfile(models.Model):
    """The company that sells the energy, one per tenant, as its papers show it from the next one on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    address = models.CharField(_("street and number"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(
        _("country (ISO 3166)"), max_length=2, blank=True, validators=[RegexValidator(r"\A[A-Z]{2}\Z")]
    )
    vat_id = models.CharField(_("VAT ID or tax number"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    iban = models.CharField(_("IBAN"), max_length=42, blank=True, validators=[check_iban])
    bic = models.CharField(_("BIC"), max_length=11, blank=True, validators=[check_bic])
    currency = models.CharField(_("currency of new tariffs"), max_length=3, default="EUR", validators=[check_currency])
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Berlin", validators=[check_time_zone])
    language = models.CharField(_("language"), max_length=5, default="en")
    invoice_prefix = models.CharField(
        _("prefix of invoice numbers"), max_length=10, default="R-", blank=True,
        validators=[RegexValidator(r"\A[A-Za-z0-9-]*\Z", _("Letters, digits and hyphens."))],
    )  # fmt: skip
    payment_days = models.PositiveSmallIntegerField(_("days until payment is due"), default=14)
    small_print = models.TextField(_("small print"), blank=True, validators=[MaxLengthValidator(4000)])

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("seller")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_seller")]

    def __str__(self) -> str:
        return self.legal_name or str(_("seller"))

    @property
    def snapshot(self) -> Seller:
        return Seller(
            name=self.legal_name,
            address=self.address,
            postal_code=self.postal_code,
            city=self.city,
            country=self.country,
            vat_id=self.vat_id,
            email=self.email,
            iban=self.iban,
            bic=self.bic,
            payment_days=self.payment_days,
            small_print=self.small_print,
        )


class NumberSeries(models.Model):
    """The last number given in a series and year; locked until the document commits, so that none is lost."""

    series = models.CharField(max_length=13)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.series}{self.year}: {self.last}"

    @staticmethod
    def take(series: str, year: int) -> int:
        """The next number; only inside the transaction that writes the document (§3.3)."""
        NumberSeries.objects.bulk_create([NumberSeries(series=series, year=year)], ignore_conflicts=True)
        row = NumberSeries.objects.select_for_update().get(series=series, year=year)
        row.last += 1
        row.save(update_fields=["last"])
        return row.last


class CdrQuerySet(models.QuerySet["Cdr"]):
    def without_invoice(self) -> Self:
        """Those that cost something and have no invoice yet: the work list."""
        invoices = Invoice.objects.filter(cdr=models.OuterRef("pk"))
        return self.filter(~models.Exists(invoices), gross__gt=0)


class Cdr(models.Model):
    """The price of one charge, for good: what was used, the terms, and what it costs. Free charges have one too."""

    transaction = models.OneToOneField(
        Transaction, verbose_name=_("charge"), on_delete=models.PROTECT, related_name="cdr"
    )
    created_at = models.DateTimeField(_("created at"), default=now)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"))
    energy_wh = models.PositiveBigIntegerField(_("energy (Wh)"))
    duration_s = models.PositiveIntegerField(_("duration (s)"))
    idle_s = models.PositiveIntegerField(_("idle (s)"))
    tariff = models.JSONField(_("tariff"), null=True)
    place_snapshot = models.JSONField(_("place"))
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    net = _amount(_("net"))
    vat = _amount(_("VAT"))
    gross = _amount(_("gross"))
    lines = models.JSONField(_("lines"), default=list)

    objects = CdrQuerySet.as_manager()

    class Meta:
        verbose_name = _("priced charge")
        verbose_name_plural = _("priced charges")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(gross=F("net") + F("vat")), name="cdr_adds_up"),
            models.CheckConstraint(condition=Q(net__gte=0) & Q(vat__gte=0), name="cdr_not_negative"),
        ]

    def __str__(self) -> str:
        return f"#{self.transaction_id}"

    @property
    def terms(self) -> TariffTerms | None:
        return None if self.tariff is None else TariffTerms.from_json(self.tariff)

    @property
    def quote(self) -> Quote:
        """The price as it was computed when the Cdr was issued; it is never computed again."""
        terms = self.terms
        return Quote(
            currency=self.currency,
            vat_percent=terms.vat_percent if terms else Decimal(0),
            tax_included=terms.tax_included if terms else True,
            lines=tuple(QuoteLine.from_json(stored) for stored in self.lines),
            net=self.net,
            vat=self.vat,
        )

    @property
    def place(self) -> ChargePlace:
        return ChargePlace.from_json(self.place_snapshot)

    @property
    def is_free(self) -> bool:
        return self.gross == 0


class Invoice(models.Model):
    """An issued invoice or credit note. A credit note repeats the invoice's lines with negative quantities."""

    kind = models.CharField(_("kind"), max_length=12, choices=KINDS)
    number = models.CharField(_("number"), max_length=40, unique=True)
    series = models.CharField(_("series"), max_length=13)
    cdr = models.ForeignKey(Cdr, verbose_name=_("priced charge"), on_delete=models.PROTECT, related_name="invoices")
    credits = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="credit_note", verbose_name=_("takes back")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.CharField(_("by"), max_length=254, blank=True)
    seller_snapshot = models.JSONField(_("seller"))
    buyer_snapshot = models.JSONField(_("customer"))
    language = models.CharField(_("language"), max_length=5)
    issued_at = models.DateTimeField(_("issued at"))
    issued_on = models.DateField(_("invoice date"))
    supplied_on = models.DateField(_("date of supply"))
    due_on = models.DateField(_("payable by"))
    currency = models.CharField(_("currency"), max_length=3)
    tax_included = models.BooleanField(_("prices include VAT"))
    net = _amount(_("net"))
    vat = _amount(_("VAT"))
    gross = _amount(_("gross"))
    tax_amounts = models.JSONField(_("VAT"))

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-pk"]
        permissions = [("credit_invoice", _("Can issue credit notes"))]
        constraints = [
            models.UniqueConstraint(fields=["cdr"], condition=Q(kind=InvoiceKind.INVOICE.value), name="invoice_once"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("vat")), name="invoice_adds_up"),
            models.CheckConstraint(
                condition=Q(kind=InvoiceKind.INVOICE.value, credits=None, gross__gt=0)
                | Q(kind=InvoiceKind.CREDIT_NOTE.value, credits__isnull=False, gross__lt=0),
                name="invoice_or_credit_note",
            ),
        ]
        indexes = [models.Index(fields=["issued_on"], name="invoice_issued_on")]

    def __str__(self) -> str:
        return self.number

    @property
    def is_credit_note(self) -> bool:
        return self.kind == InvoiceKind.CREDIT_NOTE

    @property
    def seller(self) -> Seller:
        return Seller.from_json(self.seller_snapshot)

    @property
    def buyer(self) -> Party:
        return Party.from_json(self.buyer_snapshot)

    @property
    def is_simplified(self) -> bool:
        """Without the buyer's name and address (Art. 226b)."""
        return not self.buyer.has_address

    @property
    def taxes(self) -> tuple[TaxAmount, ...]:
        return tuple(TaxAmount.from_json(stored) for stored in self.tax_amounts)


class InvoiceLine(models.Model):
    """One line, in words of the invoice's language. `unit_price` is gross when the invoice's prices include VAT."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=7, choices=LINE_KINDS)
    description = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit = models.CharField(max_length=3, choices=UNITS)
    unit_price = models.DecimalField(max_digits=12, decimal_places=6)
    unit_price_net = models.DecimalField(max_digits=12, decimal_places=6)
    vat_percent = models.DecimalField(max_digits=5, decimal_places=2)
    net = _amount(_("net"))
    vat = _amount(_("VAT"))

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once")]

    def __str__(self) -> str:
        return self.description

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @property
    def facts(self) -> Line:
        """The line as the rules know it, with amounts in the minor unit's digits."""
        currency = self.invoice.currency
        return Line(
            kind=LineKind(self.kind),
            quantity=self.quantity,
            unit=Unit(self.unit),
            unit_price=self.unit_price,
            unit_price_net=self.unit_price_net,
            vat_percent=self.vat_percent,
            net=round_money(self.net, currency),
            vat=round_money(self.vat, currency),
        )


class InvoiceDocument(models.Model):
    """The PDF of an invoice: a blob by its SHA-256, or why there is none yet. Once there, it never changes."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="document", primary_key=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    rendered_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)
    tried_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sha256="") | Q(problem=""), name="document_or_problem")]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.sha256 or self.problem}"

    @property
    def is_ready(self) -> bool:
        return bool(self.sha256)

    def keep(self, sha256: str, *, size: int, at: datetime) -> bool:
        """Take a rendering as the document; whether it became it. The first one stays for good."""
        if self.is_ready:
            return False
        self.sha256, self.size, self.rendered_at, self.tried_at, self.problem = sha256, size, at, at, ""
        self.save()
        return True

    def fail(self, problem: str, *, at: datetime) -> None:
        """Remember why there is no document yet; one that is there stays."""
        if not self.is_ready:
            self.problem, self.tried_at = problem, at
            self.save()
