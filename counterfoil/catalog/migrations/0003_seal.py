"""Movements without a document are sealed. A column that may be null is added without rebuilding the table, so that
SQLite keeps its guards."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_seed_and_guards")]

    operations = [migrations.AddField("stockmovement", "seal", models.CharField(max_length=64, null=True))]
