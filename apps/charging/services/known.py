"""What the gateway may remember of a station's open charges, so that mere readings need no look-up."""

from django.db.models import Exists, OuterRef, QuerySet

from apps.charging.messages import KnownCharge
from apps.charging.models import Transaction
from apps.charging.services.metering import begin_of
from apps.charging.services.numbers import numbers_of
from apps.stations.messages import Caller, OcppVersion
from apps.stations.services.quirks import amendments_of
from apps.telemetry.services.live import open_charge_live


def known_charges(caller: Caller) -> tuple[KnownCharge, ...]:
    """The station's open charges whose readings are nothing but readings.

    Each has a row of live state from now on. It goes with the end of the charge, whoever ends it, and the writer
    stores nothing without it: that is how a memory that has become wrong does no harm. Of a station whose words are
    amended nothing is mere.
    """
    found = list(_unmistakable(caller))
    if found and amendments_of(found[0].station).changes_messages:
        return ()
    open_charge_live([(charge.pk, charge.started_at) for charge in found])
    is_16 = caller.version is OcppVersion.V16
    return tuple(_known(charge, is_16=is_16) for charge in found)


def _unmistakable(caller: Caller) -> QuerySet[Transaction]:
    """Charges at a known EVSE whose number no other charge of the station bears (Q77).

    In 1.6 only those whose number the station has used, which its first message with it makes known (Q07).
    """
    own = Transaction.objects.filter(station_id=caller.station_id)
    namesakes = own.filter(ocpp_id=OuterRef("ocpp_id")).exclude(pk=OuterRef("pk"))
    found = own.filter(~Exists(namesakes), ended_at=None, evse__isnull=False, start_is_known=True)
    if caller.version is OcppVersion.V16:
        found = found.filter(number_was_used=True)
    return found.select_related("evse", "station__clock")


def _known(charge: Transaction, *, is_16: bool) -> KnownCharge:
    numbers = frozenset() if is_16 else numbers_of(charge)
    return KnownCharge(
        transaction_id=charge.pk,
        ref=charge.ocpp_id,
        evse=charge.evse.number if charge.evse else 0,
        connector=charge.connector_number,
        charging_state=charge.charging_state,
        state_at=charge.states.order_by("-at", "-pk").values_list("at", flat=True).first(),
        next_seq_no=max(numbers, default=-1) + 1,
        has_gaps=bool(numbers) and max(numbers) - min(numbers) >= len(numbers),
        begin_wh=begin_of(charge),
    )
