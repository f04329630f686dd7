"""What is low, and what is disabled, is found by an index each, small and seldom written."""

from django.db import migrations, models
from django.db.models import Case, F, Q, When

from counterfoil.search import searchable_again

LOW = Case(When(enabled=True, stock_milli__lt=F("reorder_level_milli"), then=True), default=False)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_search")]

    operations = [
        migrations.AddField(
            "product",
            "low",
            models.GeneratedField(db_persist=True, expression=LOW, output_field=models.BooleanField()),
        ),
        searchable_again("catalog_product"),
        migrations.AddIndex("product", models.Index(fields=["code"], condition=Q(low=True), name="product_low")),
        migrations.AddIndex("product", models.Index(fields=["code"], condition=Q(enabled=False), name="product_disabled")),
    ]
