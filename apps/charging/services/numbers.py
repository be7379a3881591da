"""The numbers of a 2.x charge's messages: those taken one by one, and those that came with mere readings."""

from apps.charging.messages import TransactionEvent
from apps.charging.models import Transaction
from apps.telemetry.models import MeterValue


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
