"""The outbox."""

from django.db import models


class OutboxRow(models.Model):
    """One subscriber's copy of one event; done when the subscriber's task says so."""

    schema = models.CharField(max_length=63)
    event = models.CharField(max_length=100)
    task = models.CharField(max_length=100)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(done_at=None), name="outbox_due"),
            models.Index(fields=["done_at"], condition=~models.Q(done_at=None), name="outbox_done"),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.task}"
