"""Goods and buyers are found by any part of what documents call them."""

from django.db import migrations

from counterfoil.search import searchable


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial")]

    operations = [
        searchable("history_good"),
        searchable("history_buyer"),
    ]
