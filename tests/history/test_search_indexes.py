"""What a search reads beside the rows that it finds."""

import pytest
from django.apps import apps
from django.db import connection

from counterfoil.search import SEARCHED, sorted_in_sooner
from counterfoil.store import is_postgresql

pytestmark = pytest.mark.django_db


def options() -> dict[str, list[str] | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reloptions FROM pg_class WHERE relname LIKE '%%_text_trigram'")
        return dict(cursor.fetchall())


def test_an_index_of_trigrams_keeps_little_that_it_has_yet_to_sort_in_also_one_of_an_earlier_version() -> None:
    if not is_postgresql():
        pytest.skip("FTS5 sorts in what it is given")
    short = {f"{table}_text_trigram": ["gin_pending_list_limit=256"] for table in SEARCHED}
    assert options() == short
    with connection.cursor() as cursor:
        for name in short:
            cursor.execute(f"ALTER INDEX {name} RESET (gin_pending_list_limit)")
        assert set(options().values()) == {None}
        cursor.execute("DROP INDEX history_good_text_trigram")  # as where the extension may not be created
    with connection.schema_editor(atomic=False) as editor:
        sorted_in_sooner().code(apps, editor)  # type: ignore[arg-type]  # it looks at no model
    assert options() == {name: kept for name, kept in short.items() if name != "history_good_text_trigram"}
