"""The nine notes and coins of a shop in India, and till A."""

from django.db import migrations

from counterfoil.guards import append_only

RUPEES = {500: False, 200: False, 100: False, 50: False, 20: False, 10: False, 5: True, 2: True, 1: True}


def seed(apps, schema_editor):
    for rupees, is_coin in RUPEES.items():
        apps.get_model("till", "Denomination").objects.create(value_paise=rupees * 100, is_coin=is_coin)
    apps.get_model("till", "Till").objects.create(code="A", name="Till A")


class Migration(migrations.Migration):
    dependencies = [("till", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop), append_only("till_drawermovement")]
