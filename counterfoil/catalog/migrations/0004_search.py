"""Products are found by any part of code, name and barcode; the index on the upper-cased name served no such search."""

from django.db import migrations

from counterfoil.search import searchable


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_seal")]

    operations = [
        migrations.RemoveIndex("product", "product_name_upper"),
        searchable("catalog_product"),
    ]
