"""Movements without a document, and deeds, are sealed. A column that may be null is added without rebuilding the table,
so that SQLite keeps its guards."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("till", "0003_sessions_and_deeds")]

    operations = [
        migrations.AddField("drawermovement", "seal", models.CharField(max_length=64, null=True)),
        migrations.AddField("deed", "seal", models.CharField(max_length=64, null=True)),
    ]
