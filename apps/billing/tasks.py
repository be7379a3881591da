"""The money chain's tasks. Each may run twice, and the sweep starts what got lost."""

import structlog

from apps.billing import services
from apps.billing.services import displays
from apps.core.errors import UnableTo
from apps.tenants.scope import current_schema
from apps.tenants.tasks import tenant_task

log = structlog.get_logger(__name__)


@tenant_task
def issue_cdr(transaction_id: int) -> None:
    services.issue_cdr(transaction_id)


@tenant_task
def issue_invoice(cdr_id: int) -> None:
    """Missing seller data is nothing to try again for: saving them starts the waiting invoices."""
    try:
        services.issue_invoice(cdr_id)
    except UnableTo as problem:
        log.info("invoice_waits", schema=current_schema(), cdr_id=cdr_id, reason=str(problem))


@tenant_task
def render_invoice(invoice_id: int) -> None:
    services.render_invoice(invoice_id)


@tenant_task
def issue_waiting(seller_id: int) -> None:
    """The seller's data are complete: issue what waited for them."""
    for cdr_id in services.unfinished().cdrs:
        issue_invoice.delay(schema=current_schema(), cdr_id=cdr_id)


@tenant_task
def sweep() -> None:
    """Do what an earlier run left undone, each piece in a task of its own so that one failure stops no other."""
    left, schema = services.unfinished(), current_schema()
    for transaction_id in left.transactions:
        issue_cdr.delay(schema=schema, transaction_id=transaction_id)
    for cdr_id in left.cdrs:
        issue_invoice.delay(schema=schema, cdr_id=cdr_id)
    for invoice_id in left.invoices:
        render_invoice.delay(schema=schema, invoice_id=invoice_id)


@tenant_task
def show_price(station_id: int, id_token_id: int) -> None:
    displays.show_price(station_id, id_token_id)


@tenant_task
def show_start(transaction_id: int) -> None:
    displays.show_start(transaction_id)


@tenant_task
def show_running_costs() -> None:
    displays.show_running_costs()


@tenant_task
def show_final_cost(cdr_id: int) -> None:
    displays.show_final_cost(cdr_id)
