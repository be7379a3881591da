"""Vendor data."""

from apps.stations.messages import Caller, DataTransfer, DataTransferAnswer


def take_data(_caller: Caller, _news: DataTransfer) -> DataTransferAnswer:
    """No vendor's data is understood here, and it is said so rather than refused (Q70). The frame log keeps it."""
    return DataTransferAnswer(status="UnknownVendorId")
