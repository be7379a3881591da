"""Which messages are nothing but readings of a charge that is known: they change no row but add some."""

from collections.abc import Mapping

from apps.charging.messages import KnownCharge, RunningReadings


def charge_read(told: RunningReadings, charges: Mapping[str, KnownCharge]) -> KnownCharge | None:
    """The charge of which a message tells readings and nothing else; None where it might tell more."""
    charge = charges.get(told.ref)
    if charge is None:
        return None
    if told.at is None:  # 1.6, which neither counts nor tells a state
        return charge if told.evse == charge.evse else None
    return charge if _tells_only_readings(told, charge) else None


def _tells_only_readings(told: RunningReadings, charge: KnownCharge) -> bool:
    """No new place, no new state, and the very number that is due: a repeated or late one may be news."""
    return told.seq_no == charge.next_seq_no and _is_at_its_place(told, charge) and _is_in_its_state(told, charge)


def _is_at_its_place(told: RunningReadings, charge: KnownCharge) -> bool:
    return told.evse in (None, charge.evse) and told.connector in (None, charge.connector)


def _is_in_its_state(told: RunningReadings, charge: KnownCharge) -> bool:
    """A state that lasts is none to note, unless an older one may still come between (Q76)."""
    if told.charging_state is None:
        return True
    lasts = told.charging_state == charge.charging_state and not charge.has_gaps
    return lasts and charge.state_at is not None and told.at is not None and told.at >= charge.state_at
