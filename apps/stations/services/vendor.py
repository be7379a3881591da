"""Vendor data: whoever is wired to understand it takes it, all other is answered as the standard wants (Q70)."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from apps.stations.messages import Caller, DataTransfer, DataTransferAnswer

# Beyond this nobody looks at it. The frame log keeps what came.
LONGEST_DATA = 20_000
Handler = Callable[[Caller, Any], DataTransferAnswer]


def take_data(caller: Caller, news: DataTransfer) -> DataTransferAnswer:
    """Hand it to the handler of `settings.WIRING.VENDOR_HANDLERS`, by vendor and by message, letter by letter.

    A handler gets the data as they came, to read and never to run, and answers for what it makes of them.
    """
    handlers = settings.WIRING.VENDOR_HANDLERS.get(news.vendor_id)
    if handlers is None:
        return DataTransferAnswer(status="UnknownVendorId")
    path = handlers.get(news.message_id or "")
    if path is None:
        return DataTransferAnswer(status="UnknownMessageId")
    if len(msgspec.json.encode(news.data)) > LONGEST_DATA:
        return DataTransferAnswer(status="Rejected")
    handler: Handler = import_string(path)
    return handler(caller, news.data)
