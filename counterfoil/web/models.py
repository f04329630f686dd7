"""What the pages keep for themselves: log-ins that were tried, for the lock-out."""

from django.db import models


class LoginTry(models.Model):
    """One try that has not succeeded (yet). Kept for a quarter of an hour."""

    name = models.CharField(max_length=150)
    address = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "address", "at"], name="login_try_whose")]
