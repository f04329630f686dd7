"""Who buys. `email_key` is the e-mail without regard to case, made in Python so that both databases agree."""

from django.db import models
from django.db.models import Q


class Customer(models.Model):
    name = models.CharField(max_length=120)
    email = models.CharField(max_length=254, default="", blank=True)
    email_key = models.CharField(max_length=254, null=True, unique=True)
    phone = models.CharField(max_length=40, default="", blank=True)
    gstin = models.CharField(max_length=15, default="", blank=True)
    state = models.CharField(max_length=2, default="", blank=True)
    address = models.CharField(max_length=400, default="", blank=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["name", "id"], name="customer_by_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(email="", email_key__isnull=True) | (~Q(email="") & Q(email_key__isnull=False)),
                name="customer_email_has_key",
            ),
        ]

    def __str__(self) -> str:
        return self.name


def email_key(email: str) -> str | None:
    """What makes two addresses the same customer."""
    return email.strip().casefold() or None
