"""One log for all: what structlog says goes through `logging`, as one line, and never with the values of variables.

structlog's own tracebacks show local variables; ours hold passwords and the numbers of people's cards.
"""

from collections.abc import MutableMapping
from typing import Any

import structlog


def configure() -> None:
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, _as_line],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _as_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    """`what happened name='value' …`; line breaks are escaped, so nobody can write a line of their own."""
    exc_info = event.pop("exc_info", None)
    text = event.pop("event")
    return (" ".join([str(text), *(f"{name}={value!r}" for name, value in event.items())]),), {"exc_info": exc_info}
