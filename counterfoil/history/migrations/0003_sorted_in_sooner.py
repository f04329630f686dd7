"""On PostgreSQL a search no longer reads through megabytes of texts that its index has yet to sort in."""

from django.db import migrations

from counterfoil.search import sorted_in_sooner


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0002_search"),
        ("catalog", "0004_search"),
        ("customers", "0002_search"),
    ]

    operations = [sorted_in_sooner()]
