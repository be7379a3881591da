"""`manage.py dispatcher`: the outbox's way to Celery, one of the five roles."""

import signal
import threading
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections, connection
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import REGISTRY
from redis import RedisError

from apps.core.metrics import serve_metrics
from apps.events.metrics import OutboxCollector
from apps.events.services import CHANNEL, send_due

log = structlog.get_logger(__name__)
IDLE_S = 5.0
RETRY_S = 1.0


class Command(BaseCommand):
    help = "Sends outbox rows to Celery until it is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopped = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        if serve_metrics(settings.HOST, settings.DISPATCHER_METRICS_PORT):
            REGISTRY.register(OutboxCollector())
        while not self.stopped.is_set():
            try:
                self._serve()
            except (OperationalError, BrokerError, RedisError, OSError) as problem:
                log.warning("dispatcher waits for database or broker", problem=str(problem))
                close_old_connections()
                self.stopped.wait(RETRY_S)

    def _stop(self, *_args: Any) -> None:
        self.stopped.set()

    def _serve(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        while not self.stopped.is_set():
            while send_due(_send) and not self.stopped.is_set():
                pass
            for _notice in connection.connection.notifies(timeout=IDLE_S, stop_after=1):
                break


def _send(task: str, kwargs: dict[str, Any]) -> None:
    current_app.send_task(task, kwargs=kwargs)
