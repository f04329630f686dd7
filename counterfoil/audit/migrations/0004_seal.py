"""Entries are sealed. A column that may be null is added without rebuilding the table: SQLite keeps its guards."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_guards")]

    operations = [migrations.AddField("entry", "seal", models.CharField(max_length=64, null=True))]
