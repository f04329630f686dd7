"""Customers are found by any part of name, e-mail, phone and GSTIN."""

from django.db import migrations, models

from counterfoil.search import searchable


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.RemoveIndex("customer", "customer_name_upper"),
        migrations.AddIndex("customer", models.Index(fields=["name", "id"], name="customer_by_name")),
        searchable("customers_customer"),
    ]
