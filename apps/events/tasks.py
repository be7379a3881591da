"""The Celery task class that closes outbox rows."""

from typing import Any

from celery import Task, shared_task

from apps.events.metrics import TASKS
from apps.events.services import forget_done, mark_done, mark_failed


class OutboxTask(Task):  # type: ignore[misc]
    """Every task of ours: when it was sent for an outbox row, it marks that row done, or says what failed."""

    abstract = True

    def __call__(self, *args: Any, outbox_id: int | None = None, **kwargs: Any) -> Any:
        try:
            result = super().__call__(*args, **kwargs)
        except Exception as problem:
            TASKS.labels(self.name, "failed").inc()
            if outbox_id is not None:
                mark_failed(outbox_id, f"{type(problem).__name__}: {problem}")
            raise
        TASKS.labels(self.name, "done").inc()
        if outbox_id is not None:
            mark_done(outbox_id)
        return result


@shared_task(name="events.forget_done")
def forget_done_rows() -> None:
    forget_done()
