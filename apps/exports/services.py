"""CSV files of charges and of invoices, produced in pieces."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model, Prefetch, QuerySet
from django.utils.translation import gettext as _

from apps.billing.models import Invoice
from apps.charging.models import Transaction
from apps.core.errors import FieldError, UnableTo
from apps.core.identifiers import masked_token
from apps.core.money import round_money
from apps.exports.rules import BOM, DELIMITERS, Cell, CsvStyle, csv_text
from apps.tenants.scope import current_schema, schema_scope

# Column names are an interface: spreadsheets and import programs rely on them. Add at the end, never rename.
CHARGE_COLUMNS = (
    "charge", "location", "address", "country", "time_zone", "station", "station_name", "evse_id", "connector",
    "token", "driver", "driver_number", "started_at", "ended_at", "duration_s", "idle_s", "energy_kwh",
    "meter_start_kwh", "meter_stop_kwh", "stopped_reason", "held_because", "tariff", "tariff_version", "currency",
    "net", "vat_percent", "vat", "gross", "invoice",
)  # fmt: skip
INVOICE_COLUMNS = (
    "number", "kind", "issued_on", "supplied_on", "due_on", "credits", "reason", "buyer", "buyer_contact",
    "buyer_address", "buyer_postal_code", "buyer_city", "buyer_country", "buyer_vat_id", "charge", "location",
    "evse_id", "started_at", "ended_at", "energy_kwh", "currency", "net", "vat_percent", "vat", "gross",
)  # fmt: skip
_BATCH = 1000
Row = TypeVar("Row", bound=Model)


def charges_csv(
    charges: QuerySet[Transaction] | None = None, *, bom: bool = False, delimiter: str = ","
) -> Iterator[str]:
    """All charges, or those given, in the order they were begun at us; one row each. Times are local, with offset."""
    invoices = Prefetch("cdr__invoices", Invoice.objects.filter(kind="invoice"))
    source = Transaction.objects.all() if charges is None else charges
    source = source.select_related("station__location", "evse", "driver", "cdr")
    # A list's own prefetches may name the same rows otherwise, which Django refuses.
    source = source.prefetch_related(None).prefetch_related(invoices)
    return _pieces(source, CHARGE_COLUMNS, lambda charge: [_charge_row(charge)], _style(bom, delimiter))


def invoices_csv(
    invoices: QuerySet[Invoice] | None = None, *, bom: bool = False, delimiter: str = ","
) -> Iterator[str]:
    """All invoices and credit notes, or those given, by age; one row per VAT rate."""
    source = Invoice.objects.all() if invoices is None else invoices
    source = source.select_related("cdr", "credits")
    return _pieces(source, INVOICE_COLUMNS, _invoice_rows, _style(bom, delimiter))


def _style(bom: bool, delimiter: str) -> CsvStyle:
    if delimiter not in DELIMITERS:
        message = _("The delimiter is a comma or a semicolon.")
        raise UnableTo(message, errors=[FieldError("$.delimiter", message)])
    return CsvStyle(bom=bom, delimiter=delimiter)


def _pieces(
    source: QuerySet[Row], columns: Sequence[str], rows_of: Callable[[Row], list[list[Cell]]], style: CsvStyle
) -> Iterator[str]:
    """The file in pieces. Each is read by itself in the caller's schema.

    A cursor that stays open would hold a connection and a snapshot for as long as the slowest reader downloads, and a
    response may be drawn from another thread, whose connection knows nothing of the schema.
    """
    return _generate(source.order_by("pk"), columns, rows_of, style, current_schema())


def _generate(
    source: QuerySet[Row],
    columns: Sequence[str],
    rows_of: Callable[[Row], list[list[Cell]]],
    style: CsvStyle,
    schema: str,
) -> Iterator[str]:
    yield (BOM if style.bom else "") + csv_text([columns], style)
    last = 0
    while True:
        with schema_scope(schema):
            batch = list(source.filter(pk__gt=last)[:_BATCH])
            text = csv_text([row for one in batch for row in rows_of(one)], style)
        if not batch:
            return
        last = batch[-1].pk
        yield text


def _charge_row(charge: Transaction) -> list[Cell]:
    station, cdr = charge.station, getattr(charge, "cdr", None)
    location, zone = station.location, station.zone
    return [
        charge.pk,
        location.name if location else "",
        location.one_line_address if location else "",
        location.country if location else "",
        zone.key,
        station.identity,
        station.name,
        charge.evse.evse_id if charge.evse else "",
        charge.connector_number,
        masked_token(charge.token_value),
        str(charge.driver) if charge.driver else "",
        charge.driver.external_id if charge.driver else "",
        _local(charge.started_at, zone),
        _local(charge.ended_at, zone),
        int((charge.ended_at - charge.started_at).total_seconds()) if charge.ended_at else None,
        charge.idle_s,
        _kwh(charge.energy_wh),
        _kwh(charge.meter_start_wh),
        _kwh(charge.meter_stop_wh),
        charge.stopped_reason,
        charge.hold_reason,
        *(_price_cells(charge) if cdr else [""] * 8),
    ]


def _price_cells(charge: Transaction) -> list[Cell]:
    cdr, terms = charge.cdr, charge.cdr.terms
    return [
        terms.tariff if terms else "",
        terms.version_number if terms else None,
        cdr.currency,
        round_money(cdr.net, cdr.currency),
        terms.vat_percent if terms else None,
        round_money(cdr.vat, cdr.currency),
        round_money(cdr.gross, cdr.currency),
        next((invoice.number for invoice in cdr.invoices.all()), ""),
    ]


def _invoice_rows(invoice: Invoice) -> list[list[Cell]]:
    buyer, cdr, place = invoice.buyer, invoice.cdr, invoice.cdr.place
    zone = ZoneInfo(place.time_zone)
    return [
        [
            invoice.number,
            invoice.kind,
            invoice.issued_on,
            invoice.supplied_on,
            invoice.due_on,
            invoice.credits.number if invoice.credits else "",
            invoice.reason,
            buyer.name,
            buyer.contact,
            buyer.address,
            buyer.postal_code,
            buyer.city,
            buyer.country,
            buyer.vat_id,
            cdr.transaction_id,
            place.location,
            place.evse_id,
            _local(cdr.started_at, zone),
            _local(cdr.ended_at, zone),
            _kwh(cdr.energy_wh),
            invoice.currency,
            tax.net,
            tax.percent,
            tax.vat,
            tax.net + tax.vat,
        ]
        for tax in invoice.taxes
    ]


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def _kwh(energy_wh: int | None) -> Decimal | None:
    return None if energy_wh is None else Decimal(energy_wh).scaleb(-3)
