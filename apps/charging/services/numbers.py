"""The numbers of a 2.x charge's messages: those taken one by one, and those that came with mere readings."""

from datetime import timedelta

from apps.charging.messages import TransactionEvent
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.telemetry.models import MeterValue

# After that time a station is not believed to send any more (Q75).
PATIENCE = timedelta(hours=72)
NOTHING_QUEUED = "nothing_queued"


def numbers_of(charge: Transaction) -> frozenset[int]:
    """All that came (Q75); one that came both ways counts once."""
    read = MeterValue.objects.filter(transaction_id=charge.pk, seq_no__isnull=False)
    return frozenset(charge.messages.values_list("seq_no", flat=True)) | frozenset(
        number for number in read.values_list("seq_no", flat=True) if number is not None
    )


def contradicts_readings(charge: Transaction, event: TransactionEvent) -> bool:
    """Whether this number stands for readings of other instants already (Q74)."""
    read = MeterValue.objects.filter(transaction_id=charge.pk, seq_no=event.seq_no)
    instants = set(read.values_list("at", flat=True))
    told = {reading.at or event.at for reading in event.readings}
    return bool(instants) and not told >= instants


def misses_messages(charge: Transaction) -> bool:
    """Whether messages of an ended charge are missing which its station may still send (Q75)."""
    if charge.ended_received_at is None or charge.has_note(NOTHING_QUEUED):
        return False
    numbers = numbers_of(charge)
    has_gap = bool(numbers) and max(numbers) - min(numbers) >= len(numbers)
    return has_gap and charge.ended_received_at > now() - PATIENCE
