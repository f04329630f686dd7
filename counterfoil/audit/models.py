"""One row for each change; the database refuses to change or remove one."""

from django.conf import settings
from django.db import models


class Entry(models.Model):
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    via = models.CharField(max_length=80, default="")  # "page", "api:TOKEN NAME", "command"
    verb = models.CharField(max_length=40)  # created, changed, disabled, removed …
    what = models.CharField(max_length=40)  # product, customer, shop, user …
    which = models.CharField(max_length=200)  # the row's own name: a code, a number, an e-mail
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    seal = models.CharField(max_length=64, null=True)  # over all of the above

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["what", "which", "-id"], name="audit_what_which")]
