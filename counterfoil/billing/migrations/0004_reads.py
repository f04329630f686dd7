"""Indexes as the lists are read, and none that a sale writes for nobody.

(On PostgreSQL Django also indexes a unique text for LIKE; nobody asks so for numbers and keys.)
The tables are append-only and guarded by triggers, which SQLite would drop with a rebuilt table: so the foreign keys
lose their own indexes in the database by DROP INDEX, and in Django's mind by a change of state alone.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

NEEDLESS = {
    "billing_invoice": ("series_id", "till_id", "supplier_id", "customer_id", "number", "idempotency_key"),
    "billing_invoiceline": ("invoice_id",),
    "billing_invoicetax": ("invoice_id",),
    "billing_payment": ("invoice_id",),
}


def drop_needless(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table, columns in NEEDLESS.items():
            found = connection.introspection.get_constraints(cursor, table)
            for name, about in found.items():
                plain = about["index"] and not about["unique"] and not about["primary_key"]
                if plain and len(about["columns"]) == 1 and about["columns"][0] in columns:
                    schema_editor.execute(f"DROP INDEX {quote(name)}")


def without_index(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(to, on_delete=django.db.models.deletion.PROTECT, db_index=False, **options)


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_guards")]

    operations = [
        migrations.RemoveIndex("invoice", "invoice_day"),
        migrations.RemoveIndex("invoice", "invoice_name_upper"),
        migrations.RemoveIndex("invoice", "invoice_email_upper"),
        migrations.AddIndex(
            "invoice", models.Index(fields=["till", "-issued_at", "-id"], name="invoice_of_till")
        ),
        migrations.AddIndex("invoice", models.Index(fields=["customer_name", "customer_email"], name="invoice_buyer")),
        migrations.AddIndex("invoice", models.Index(fields=["payable_paise"], name="invoice_payable_amount")),
        migrations.AddIndex(
            "invoice",
            models.Index(
                fields=["-issued_at", "-id"], condition=models.Q(kind="credit-note"), name="invoice_credit_notes"
            ),
        ),
        migrations.AddIndex("payment", models.Index(fields=["method", "invoice"], name="payment_by_method")),
        migrations.AddIndex(
            "invoiceline",
            models.Index(fields=["name"], condition=models.Q(product__isnull=True), name="line_free_text"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_needless, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField("invoice", "series", without_index("billing.numberseries", related_name="invoices")),
                migrations.AlterField("invoiceline", "invoice", without_index("billing.invoice", related_name="lines")),
                migrations.AlterField("invoicetax", "invoice", without_index("billing.invoice", related_name="taxes")),
                migrations.AlterField("payment", "invoice", without_index("billing.invoice", related_name="payments")),
                migrations.AlterField("invoice", "till", without_index("till.till", related_name="invoices")),
                migrations.AlterField("invoice", "supplier", without_index("shop.identity", related_name="+")),
                migrations.AlterField(
                    "invoice", "customer", without_index("customers.customer", related_name="invoices", null=True)
                ),
            ],
        ),
    ]
