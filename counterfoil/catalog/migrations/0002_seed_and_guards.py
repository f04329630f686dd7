"""GST rates as they are since 22 September 2025 (56th GST Council: 0, 5, 18, 40 and the special 0.25, 1.5, 3)."""

from datetime import date

from django.db import migrations

from counterfoil.guards import append_only

SINCE = date(2025, 9, 22)
CLASSES = {"GST 0 %": 0, "GST 5 %": 500, "GST 18 %": 1800, "GST 40 %": 4000, "GST 0.25 %": 25, "GST 1.5 %": 150,
           "GST 3 %": 300}


def seed(apps, schema_editor):
    for name, rate_bp in CLASSES.items():
        tax_class = apps.get_model("catalog", "TaxClass").objects.create(name=name)
        apps.get_model("catalog", "TaxRate").objects.create(tax_class=tax_class, from_day=SINCE, rate_bp=rate_bp)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop), append_only("catalog_stockmovement")]
