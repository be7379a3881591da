from celery import shared_task

from apps.telemetry.services.partitions import drop_old_partitions, make_partitions
from apps.telemetry.services.retention import delete_expired_rows


@shared_task(name="telemetry.care_for_partitions")
def care_for_partitions() -> None:
    make_partitions()
    drop_old_partitions()


@shared_task(name="telemetry.delete_expired")
def delete_expired() -> None:
    delete_expired_rows()
