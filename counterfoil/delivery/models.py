"""The outbox. A row is written in the sale's own transaction and is the truth; a queue is only a doorbell."""

from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"


class Delivery(models.Model):
    """The promise to mail one invoice to one address. `round` 0 came with the sale; later ones were asked for.

    `accepted_at_risk` is set, and committed, before the mail server is handed the letter's text: a worker that dies
    after that may have delivered it, one that dies before cannot have.
    """

    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="deliveries")
    address = models.CharField(max_length=254)
    round = models.IntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    message_id = models.CharField(max_length=120, unique=True)
    asked_by = models.CharField(max_length=150, default="", blank=True)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    fail_count = models.IntegerField(default=0)
    last_error = models.CharField(max_length=500, default="", blank=True)
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=80, default="", blank=True)
    accepted_at_risk = models.BooleanField(default=False)
    ambiguous_attempts = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # With the id: after "try all again" a whole outbox is due at the same moment, and the next one is asked for
            # once for each letter.
            models.Index(fields=["next_attempt_at", "id"], condition=Q(state="queued"), name="delivery_due"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="delivery_claimed"),
            models.Index(fields=["state", "-id"], name="delivery_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "address", "round"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=~Q(state="queued") | Q(next_attempt_at__isnull=False), name="delivery_queued_has_time"
            ),
        ]


class Step(models.Model):
    """What happened to a delivery, for the invoice's page: queued, tried, refused, sent."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["id"]
