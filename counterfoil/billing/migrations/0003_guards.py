from django.db import migrations

from counterfoil.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_initial")]
    operations = [append_only("billing_invoice", "billing_invoiceline", "billing_invoicetax", "billing_payment")]
