"""What every sale reads and hardly anybody writes says when it changed (counterfoil/edition.py)."""

from django.db import migrations

from counterfoil.edition import begin_editions, edition_of


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_seed_and_guards"), ("catalog", "0005_low"), ("till", "0004_seal")]

    operations = [
        begin_editions(),
        edition_of("shop_shop", "shop_identity", "catalog_taxrate", "till_denomination"),
    ]
