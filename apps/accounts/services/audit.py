"""Who did what: one entry for every action by a person or a key."""

from typing import Any

from django.db import models

from apps.accounts.models import AuditEntry
from apps.core.text import shortened

ACTOR_LENGTH = 254
ACTION_LENGTH = 100
TARGET_LENGTH = 200


def record(by: str, action: str, target: str = "", **detail: Any) -> AuditEntry:
    """Write an entry. `action` is `<app>.<what>`; `detail` holds JSON values, never secrets nor personal data."""
    return AuditEntry.objects.create(
        actor=shortened(by, ACTOR_LENGTH),
        action=shortened(action, ACTION_LENGTH),
        target=shortened(target, TARGET_LENGTH),
        detail=detail,
    )


def target_of(instance: models.Model) -> str:
    """How the trail names a row: `stations.chargingstation:12`. Rows may be renamed, their number stays."""
    return f"{instance._meta.label_lower}:{instance.pk}"
