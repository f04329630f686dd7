"""Which documents a product stands in, answered by an index alone: in place of the one of the product only, so that a
sale writes no entry more.

SQLite would rebuild the table for a change of the foreign key, and drop its guards with the old one (see 0004).
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def drop_plain(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "billing_invoiceline")
    for name, about in found.items():
        if about["index"] and not about["unique"] and about["columns"] == ["product_id"]:
            schema_editor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_reads")]

    operations = [
        migrations.AddIndex("invoiceline", models.Index(fields=["product", "invoice"], name="line_of_product")),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_plain, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    "invoiceline",
                    "product",
                    models.ForeignKey(
                        "catalog.product", on_delete=django.db.models.deletion.PROTECT, db_index=False, null=True,
                        related_name="lines",
                    ),
                ),
            ],
        ),
    ]
