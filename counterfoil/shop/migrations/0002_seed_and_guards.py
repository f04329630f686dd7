"""An empty shop with a name to change, and its identities append-only."""

from django.db import migrations

from counterfoil.guards import append_only


def seed(apps, schema_editor):
    identity = apps.get_model("shop", "Identity").objects.create(name="My shop")
    apps.get_model("shop", "Shop").objects.create(id=1, identity=identity)


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop), append_only("shop_identity")]
