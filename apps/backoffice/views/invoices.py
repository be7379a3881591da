"""Invoices: the list, one invoice, its PDF, and CSV files for finance."""

from collections.abc import AsyncIterator, Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from apps.backoffice.services import invoices
from apps.backoffice.services.invoices import InvoiceFilter
from apps.backoffice.services.queries import number_of
from apps.backoffice.services.rights import EXPORT
from apps.backoffice.views.access import draw, page
from apps.billing.services.documents import invoice_pdf
from apps.core.clock import now
from apps.exports.services import charges_csv, invoices_csv
from apps.tenants.scope import current_schema, in_tenant

VIEW = "billing.view_invoice"


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    shown = InvoiceFilter.from_query(request.GET)
    found = invoices.invoice_page(shown, page=number_of(request.GET.get("page")) or 1)
    return draw(request, "invoices", {"shown": shown, "found": found, "waiting": invoices.waiting()})


@require_safe
@page(VIEW)
def show(request: HttpRequest, invoice_number: str) -> HttpResponse:
    return draw(request, "invoice", {"page": invoices.invoice_detail(invoice_number)})


@require_safe
@xframe_options_sameorigin
@page(VIEW)
def pdf(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """The document itself: shown in the page, or saved with `?download=1`."""
    invoice = invoices.invoice_by_number(invoice_number)
    answer = HttpResponse(invoice_pdf(invoice), content_type="application/pdf")
    disposition = "attachment" if request.GET.get("download") else "inline"
    answer["Content-Disposition"] = f'{disposition}; filename="{invoice.number}.pdf"'
    answer["Content-Security-Policy"] = "frame-ancestors 'self'"
    return answer


@require_safe
@page(EXPORT)
def charges_file(request: HttpRequest) -> StreamingHttpResponse:
    bom, delimiter = _style(request)
    return _download("charges", charges_csv(invoices.exported_charges(request.GET), bom=bom, delimiter=delimiter))


@require_safe
@page(EXPORT)
def invoices_file(request: HttpRequest) -> StreamingHttpResponse:
    bom, delimiter = _style(request)
    return _download("invoices", invoices_csv(invoices.exported_invoices(request.GET), bom=bom, delimiter=delimiter))


def _style(request: HttpRequest) -> tuple[bool, str]:
    return request.GET.get("bom", "") in ("1", "true", "yes", "on"), request.GET.get("delimiter", ",")


def _download(name: str, pieces: Iterator[str]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(_stream(current_schema(), pieces), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{now():%Y-%m-%d}.csv"'
    return answer


async def _stream(schema: str, pieces: Iterator[str]) -> AsyncIterator[bytes]:
    """Each piece is read in a thread that knows the tenant, while the browser takes the one before."""
    while (piece := await in_tenant(schema, next, pieces, None)) is not None:
        yield piece.encode()
