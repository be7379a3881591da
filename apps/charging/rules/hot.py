"""Which messages are nothing but readings of a charge that is known: they change no row but add some."""

from collections.abc import Mapping

from apps.charging.messages import EventType, KnownCharge, MeterValues, TransactionEvent


def charge_read(
    message: MeterValues | TransactionEvent, charges: Mapping[str, KnownCharge], *, is_16: bool
) -> KnownCharge | None:
    """The charge of which a message tells readings and nothing else; None where it might tell more."""
    charge = charges.get(message.transaction_ref or "")
    if charge is None or not message.readings:
        return None
    if isinstance(message, MeterValues):
        return charge if is_16 and message.evse == charge.evse else None
    return charge if not is_16 and _tells_only_readings(message, charge) else None


def _tells_only_readings(event: TransactionEvent, charge: KnownCharge) -> bool:
    """No token, no new place, no new state, and the very number that is due: a repeated or late one may be news."""
    if event.event_type is not EventType.UPDATED or event.id_token is not None or event.at is None:
        return False
    if event.seq_no != charge.next_seq_no:
        return False
    return _is_at_its_place(event, charge) and _is_in_its_state(event, charge)


def _is_at_its_place(event: TransactionEvent, charge: KnownCharge) -> bool:
    return event.evse in (None, charge.evse) and event.connector in (None, charge.connector)


def _is_in_its_state(event: TransactionEvent, charge: KnownCharge) -> bool:
    """A state that lasts is none to note, unless an older one may still come between (Q76)."""
    if event.charging_state is None:
        return True
    lasts = event.charging_state == charge.charging_state and not charge.has_gaps
    return lasts and charge.state_at is not None and event.at is not None and event.at >= charge.state_at
