"""One log for all: what structlog says goes through `logging`, one line each, and never with the values of variables.

structlog's own tracebacks show local variables, and PostgreSQL's errors whole rows; ours hold passwords and the numbers
of people's cards.
"""

import json
import logging
import re
from collections.abc import MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog

PLAIN, JSON = "plain", "json"
SECRET = re.compile(r"password|secret|token|api_?key|authorization|id_?tag|card", re.IGNORECASE)
# Values of rows in a message of PostgreSQL, up to the end of that message; a value may contain line breaks.
ROWS = re.compile(r"^(?:DETAIL|CONTEXT):.*?(?=\n\n(?:The above|During handling)|\Z)", re.MULTILINE | re.DOTALL)

Event = MutableMapping[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def configure(log_format: str) -> None:
    """Let structlog speak through `logging`; what was bound to the context goes with every line."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            _without_secrets,
            _as_record if log_format == JSON else _as_line,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def formatter(log_format: str) -> dict[str, Any]:
    """The formatter's entry in LOGGING."""
    if log_format == JSON:
        return {"()": "config.logs.JsonFormatter"}
    return {"()": "config.logs.PlainFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}


class PlainFormatter(logging.Formatter):
    """Lines for people; tracebacks say where and what, not with which rows."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (logging's name)
        return _without_rows(super().formatException(ei))


class JsonFormatter(PlainFormatter):
    """One object a line, for machines. Whoever logs by `logging` alone has no fields but these."""

    def format(self, record: logging.LogRecord) -> str:
        fixed = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        content = {**fixed, **getattr(record, "fields", {}), **fixed}
        if record.exc_info:
            content["traceback"] = self.formatException(record.exc_info)
        return json.dumps(content, default=str, ensure_ascii=False)


def _without_rows(text: str) -> str:
    return ROWS.sub("(rows left out)", text)


def _without_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """A net under the callers, who should not pass such things at all."""
    for name in event:
        if SECRET.search(name):
            event[name] = "…"
    return event


def _as_line(_logger: Any, _method: str, event: Event) -> tuple[tuple[str], dict[str, Any]]:
    """`what happened name='value' …`; line breaks are escaped, so nobody can write a line of their own."""
    exc_info = event.pop("exc_info", None)
    text = event.pop("event")
    return (" ".join([str(text), *(f"{name}={value!r}" for name, value in event.items())]),), {"exc_info": exc_info}


def _as_record(_logger: Any, _method: str, event: Event) -> tuple[tuple[str], dict[str, Any]]:
    exc_info = event.pop("exc_info", None)
    text = event.pop("event")
    return (str(text),), {"exc_info": exc_info, "extra": {"fields": dict(event)}}
