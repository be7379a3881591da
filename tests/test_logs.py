"""What our processes write into their logs."""

import io
import json
import logging
from datetime import datetime

import pytest
import structlog
from django.conf import settings
from django.db import IntegrityError, connection
from django.utils.module_loading import import_string

from config import logs

log = structlog.get_logger("apps.tests")
CARD = "04AABBCCDD"


def test_an_event_is_one_line_at_its_level(caplog):
    caplog.set_level(logging.INFO)
    log.warning("station refused", station="CS-1\nERROR forged", status=401)

    assert caplog.record_tuples == [
        ("apps.tests", logging.WARNING, "station refused station='CS-1\\nERROR forged' status=401")
    ]


def test_a_traceback_shows_no_values(caplog):
    def fail(password: str) -> None:
        raise ValueError("no")

    try:
        fail(" ".join(["open", "sesame"]))
    except ValueError:
        log.exception("message failed")

    assert caplog.records[0].levelno == logging.ERROR
    assert "in fail" in caplog.text
    assert "open sesame" not in caplog.text


def test_the_level_of_the_environment_counts(caplog):
    caplog.set_level(logging.WARNING)
    log.info("of no interest")

    assert caplog.records == []
    assert settings.LOGGING["root"]["handlers"] == ["console"]


class Said:
    """What a process with this LOG_FORMAT writes."""

    def __init__(self, log_format):
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        made = logs.formatter(log_format)
        self.handler.setFormatter(import_string(made.pop("()"))(made.pop("format", None)))
        self.logger = logging.Logger("apps.tests")
        self.logger.addHandler(self.handler)
        processors = [structlog.contextvars.merge_contextvars, logs._without_secrets]
        processors.append(logs._as_record if log_format == logs.JSON else logs._as_line)
        self.log = structlog.wrap_logger(
            self.logger, processors=processors, wrapper_class=structlog.stdlib.BoundLogger
        )  # fmt: skip

    @property
    def lines(self):
        return self.stream.getvalue().splitlines()


def test_json_lines_hold_what_was_bound_to_the_context_and_belong_to_no_one_else():
    said = Said(logs.JSON)
    with structlog.contextvars.bound_contextvars(schema="t_alpha", station="CS-1", message_id='m"1\n'):
        said.log.warning("message failed", action="Heartbeat", level="forged")
    said.log.warning("later")
    said.logger.error("from %s", "elsewhere")

    first, second, third = (json.loads(line) for line in said.lines)
    assert datetime.fromisoformat(first.pop("at")).tzinfo is not None
    assert first == {
        "level": "WARNING", "logger": "apps.tests", "event": "message failed",
        "schema": "t_alpha", "station": "CS-1", "message_id": 'm"1\n', "action": "Heartbeat",
    }  # fmt: skip
    assert set(second) == {"at", "level", "logger", "event"}
    assert (third["level"], third["event"]) == ("ERROR", "from elsewhere")


@pytest.mark.parametrize("log_format", [logs.PLAIN, logs.JSON])
def test_secrets_and_card_numbers_stay_out_of_every_line(log_format, alpha):
    said = Said(log_format)
    said.log.warning("odd", password="open sesame", id_tag=CARD, token_value=CARD, station="CS-1")
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE known (card text UNIQUE)")
            cursor.execute("INSERT INTO known VALUES (%(card)s), (%(card)s)", {"card": CARD + "\n\nx"})
    except IntegrityError:
        said.log.exception("message failed")

    text = "\n".join(said.lines)
    assert "station" in text
    assert "known_card_key" in text
    assert "open sesame" not in text
    assert CARD not in text
