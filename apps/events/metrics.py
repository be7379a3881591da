"""What worker and dispatcher tell Prometheus."""

from collections.abc import Iterator

from django.db import Error, close_old_connections
from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apps.events.services import backlog

TASKS = Counter("ohmstead_tasks", "Tasks that ended in this worker.", ["task", "outcome"])


class OutboxCollector(Collector):
    """The outbox as it is at the moment of asking; without the database there is nothing to tell."""

    def collect(self) -> Iterator[Metric]:
        try:
            found = backlog()
        except Error:
            return
        finally:
            close_old_connections()
        yield GaugeMetricFamily("ohmstead_outbox_open", "Tasks not done yet.", value=found.open)
        yield GaugeMetricFamily("ohmstead_outbox_failing", "Of these, tasks that have failed.", value=found.failing)
        yield GaugeMetricFamily("ohmstead_outbox_oldest_seconds", "Age of the oldest of these.", value=found.oldest_s)
