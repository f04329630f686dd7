"""Users with one role each, and API tokens of which only the digest is kept."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    CASHIER = "cashier", "Cashier"
    ACCOUNTANT = "accountant", "Accountant"


class User(AbstractUser):
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.CASHIER)

    class Meta(AbstractUser.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known")]


class ApiToken(models.Model):
    """`digest` is the SHA-256 of the token; the token itself is shown once and never kept."""

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.OWNER)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(role__in=Role.values), name="token_role_known")]

    def __str__(self) -> str:
        return self.name
