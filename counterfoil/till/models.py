"""Denominations, tills, what lies in each drawer, and the movements that explain it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from counterfoil.fields import PaiseField


class Denomination(models.Model):
    """A note or coin. Disabling one keeps it out of change from now on; it may still be received."""

    value_paise = PaiseField(unique=True)
    is_coin = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["-value_paise"]
        constraints = [models.CheckConstraint(condition=Q(value_paise__gt=0), name="denomination_positive")]


class Till(models.Model):
    """A selling point. `counted` is false until somebody counts its drawer: until then change is not bounded."""

    code = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=60, default="", blank=True)
    enabled = models.BooleanField(default=True)
    counted = models.BooleanField(default=False)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="till_code_given")]

    def __str__(self) -> str:
        return self.code


class Session(models.Model):
    """A till's day: opening count, sales, cash in and out, closing count. All notes are {paise: count}.

    `opening_expected` is null where nobody knew what should be there. `handed_from` is the session before, where its
    cashier handed the counted drawer over to the one who opened this.
    """

    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="sessions")
    handed_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="handed_to")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    opening_notes = models.JSONField(default=dict)
    opening_expected = models.JSONField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    expected_notes = models.JSONField(default=dict)
    closing_notes = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["till"], condition=Q(closed_at__isnull=True), name="till_one_open_session")
        ]


class DrawerNote(models.Model):
    """How many of one denomination lie in one counted drawer."""

    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="drawer")
    value_paise = PaiseField()
    count = models.IntegerField()

    class Meta:
        ordering = ["-value_paise"]
        constraints = [
            models.UniqueConstraint(fields=["till", "value_paise"], name="drawer_note_once"),
            models.CheckConstraint(condition=Q(count__gte=0), name="drawer_note_not_negative"),
        ]


class Kind(models.TextChoices):
    COUNTED = "counted", "Counted"  # the difference a count found; the first count brings the opening notes
    RECEIVED = "received", "Received"
    CHANGE = "change", "Change"
    REFUND = "refund", "Refund"
    CASH_IN = "cash-in", "Cash in"
    CASH_OUT = "cash-out", "Cash out"
    SAFE_DROP = "safe-drop", "Drop to the safe"


class DrawerMovement(models.Model):
    """One reason why a drawer holds what it holds. Append-only; the database refuses to change or remove one."""

    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="movements")
    session = models.ForeignKey(Session, null=True, on_delete=models.PROTECT, related_name="movements")
    invoice = models.ForeignKey("billing.Invoice", null=True, on_delete=models.PROTECT, related_name="drawer_movements")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value_paise = PaiseField()
    count = models.IntegerField()  # signed: in is positive
    note = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()
    seal = models.CharField(max_length=64, null=True)  # of a movement without a document, which has its own digest

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=Kind.values), name="drawer_kind_known")]


class Deed(models.Model):
    """What somebody did to a till, under the key of the form that asked for it: a second click finds it done.

    Append-only, as the movements are, which it explains: who moved them, and why.
    """

    key = models.CharField(max_length=64, unique=True)
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="deeds")
    session = models.ForeignKey(Session, null=True, on_delete=models.PROTECT, related_name="deeds")
    verb = models.CharField(max_length=11)  # opened, counted, closed, handed-over, or the kind of a cash movement
    notes = models.JSONField(default=dict)
    note = models.CharField(max_length=200, default="", blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    seal = models.CharField(max_length=64, null=True)  # over all of the above

    class Meta:
        ordering = ["-id"]
