"""Celery: the worker's and beat's application, and the client the dispatcher sends with."""

import os

from celery import Celery
from celery.signals import setup_logging, worker_init
from django.conf import settings

from apps.core.metrics import serve_metrics

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("ohmstead", task_cls="apps.events.tasks:OutboxTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _leave_logging_to_django(**_kwargs: object) -> None:
    """Celery would otherwise replace the log configuration of the settings."""


@worker_init.connect
def _tell_prometheus(**_kwargs: object) -> None:
    """Of a worker with threads; processes of a prefork pool would count for themselves."""
    serve_metrics(settings.HOST, settings.WORKER_METRICS_PORT)
