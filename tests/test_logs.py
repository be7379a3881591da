"""What our processes write into their logs."""

import logging

import structlog
from django.conf import settings

log = structlog.get_logger("apps.tests")


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
