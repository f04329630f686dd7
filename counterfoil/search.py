"""Finding rows by any part of their texts: a narrow table beside the wide one, `TABLE_text`, with the texts of a row in
one and an index of their trigrams. Triggers keep it in step: it is derived, like an index.

A narrow one, since an index of trigrams on the table itself would be written again whenever the row moves (a product's
stock, at every sale). On SQLite it is an FTS5 table with the trigram tokenizer; on PostgreSQL a plain one with a GIN
index of pg_trgm. Where that extension may not be created the index is left out and the narrow table is read through.
"""

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, connection, migrations, transaction
from django.db.models.expressions import RawSQL

from counterfoil.store import listed

BETWEEN = 31  # the unit separator: no text that is looked for has it, so none is found across two fields
TRIGRAM = 3
LONGEST_SEARCH = 200
FEW = 2_000  # ids that are sooner written out than looked for again
PENDING_KB = (
    256  # of texts that a GIN index has yet to sort in: each search reads all of them, 4 MB where nothing is said
)

_POSTGRESQL = """
CREATE TABLE {table}_text (id bigint PRIMARY KEY, text text NOT NULL);
INSERT INTO {table}_text SELECT id, {text} FROM {table} AS new;
CREATE FUNCTION {table}_text_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN DELETE FROM {table}_text WHERE id = OLD.id; RETURN OLD; END IF;
  INSERT INTO {table}_text VALUES (NEW.id, {text}) ON CONFLICT (id) DO UPDATE SET text = excluded.text;
  RETURN NEW;
END $$;
CREATE TRIGGER {table}_text_keep AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table}
  FOR EACH ROW EXECUTE FUNCTION {table}_text_keep()
"""
_SQLITE = (
    "CREATE VIRTUAL TABLE {table}_text USING fts5(text, tokenize='trigram')",
    "INSERT INTO {table}_text(rowid, text) SELECT id, {text} FROM {table} AS new",
)
_SQLITE_TRIGGERS = (
    # No OR REPLACE in them: a statement that says ON CONFLICT itself, such as store.rewrite's, would overrule it.
    "CREATE TRIGGER {table}_text_insert AFTER INSERT ON {table} "
    "BEGIN DELETE FROM {table}_text WHERE rowid = new.id; "
    "INSERT INTO {table}_text(rowid, text) VALUES (new.id, {text}); END",
    "CREATE TRIGGER {table}_text_update AFTER UPDATE OF {columns} ON {table} "
    "BEGIN UPDATE {table}_text SET text = {text} WHERE rowid = old.id; END",
    "CREATE TRIGGER {table}_text_delete AFTER DELETE ON {table} "
    "BEGIN DELETE FROM {table}_text WHERE rowid = old.id; END",
)


# Every table that is searched, and by which columns.
SEARCHED: dict[str, tuple[str, ...]] = {
    "catalog_product": ("code", "name", "barcode", "category", "hsn"),
    "customers_customer": ("name", "email", "phone", "gstin"),
    "history_good": ("code", "name"),
    "history_buyer": ("name", "email"),
}


def searchable(table: str) -> migrations.RunPython:
    """The migration operation."""
    return migrations.RunPython(lambda apps, editor: install(editor, table), migrations.RunPython.noop)


def searchable_again(table: str) -> migrations.RunPython:
    """The same after an operation for which SQLite rebuilt the table, and dropped its triggers with the old one."""
    return migrations.RunPython(lambda apps, editor: keep(editor, table), migrations.RunPython.noop)


def sorted_in_sooner() -> migrations.RunPython:
    """The migration operation for the indexes of an earlier version."""

    def keep_short(apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "postgresql":
            for table in SEARCHED:
                editor.execute(
                    f"ALTER INDEX IF EXISTS {table}_text_trigram SET (gin_pending_list_limit = {PENDING_KB})"
                )

    return migrations.RunPython(keep_short, migrations.RunPython.noop)


def text_of(columns: Sequence[str]) -> str:
    """What is searched, as SQL over `new`."""
    postgresql = connection.vendor == "postgresql"
    between = f" || {'chr' if postgresql else 'char'}({BETWEEN}) || "
    text = between.join(f"coalesce(new.{column}, '')" for column in columns)
    return f"upper({text})" if postgresql else text


def install(schema_editor: Any, table: str) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRESQL.format(**_values(table)), params=None)
        index(table)
        return
    for statement in _SQLITE:
        schema_editor.execute(statement.format(**_values(table)))
    keep(schema_editor, table)


def keep(schema_editor: Any, table: str) -> None:
    """SQLite's triggers that keep the narrow table in step."""
    if schema_editor.connection.vendor == "sqlite":
        for statement in _SQLITE_TRIGGERS:
            schema_editor.execute(statement.format(**_values(table)))


def _values(table: str) -> dict[str, str]:
    return {"table": table, "columns": ", ".join(SEARCHED[table]), "text": text_of(SEARCHED[table])}


def index(table: str) -> None:
    """Only a superuser, or the owner of the database, may create the extension; nothing depends on it but speed."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            name, on = f"{table}_text_trigram", f"{table}_text USING gin (text gin_trgm_ops)"
            short = f"WITH (gin_pending_list_limit = {PENDING_KB})"
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {on} {short}")
    except DatabaseError as error:
        print(f"No index of trigrams for {table} ({str(error).strip()}): searching reads its texts through.")


@transaction.atomic
def fill_again() -> None:
    """The narrow tables anew, and on PostgreSQL their indexes where they are missing."""
    for table, columns in SEARCHED.items():
        key = "id" if connection.vendor == "postgresql" else "rowid"
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}_text")
            texts = f"SELECT id, {text_of(columns)} FROM {table} AS new"
            cursor.execute(f"INSERT INTO {table}_text({key}, text) {texts}")
        if connection.vendor == "postgresql":
            index(table)


def spellings(text: str) -> list[str]:
    """As it is usually written: databases fold ASCII only (SQLite's LIKE, PostgreSQL's C locale) or what they know."""
    return sorted({text} if text.isascii() else {text, text.lower(), text.upper(), text.title(), text.capitalize()})


def clean(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST_SEARCH]


def matching(table: str, text: str, column: str = "") -> RawSQL:
    """The ids of the rows of which some text contains this one, ignoring case, literally. On PostgreSQL `column` says
    which text; on SQLite, where more letters are folded than LIKE folds, the ids are only where to look."""
    sql, params = matching_sql(table, clean(text), column)
    return RawSQL(sql, params)


def looked_up(table: str, text: str) -> RawSQL:
    """The same, but the text is looked for at once and, unless there are many, the ids written out: for a query that is
    asked in more than one way."""
    sql, params = matching_sql(table, clean(text))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({sql}) x LIMIT {FEW + 1}", params)
        ids = [row[0] for row in cursor.fetchall()]
    if len(ids) > FEW:
        return RawSQL(sql, params)
    sql, given = listed(ids)
    return RawSQL(sql, [given])


def matching_sql(table: str, text: str, column: str = "") -> tuple[str, list[str]]:
    """The same as SQL with its parameters."""
    if connection.vendor == "postgresql":
        likes = " OR ".join(["text LIKE upper(%s)"] * len(spellings(text)))
        before = SEARCHED[table].index(column) if column else 0
        after = len(SEARCHED[table]) - 1 - before if column else 0
        patterns = [
            f"%{chr(BETWEEN)}" * before + contains(spelling) + f"{chr(BETWEEN)}%" * after
            for spelling in spellings(text)
        ]
        return f"SELECT id FROM {table}_text WHERE {likes}", patterns
    if len(text) < TRIGRAM:
        likes = " OR ".join(["text LIKE %s ESCAPE '\\'"] * len(spellings(text)))
        return f"SELECT rowid FROM {table}_text WHERE {likes}", [contains(spelling) for spelling in spellings(text)]
    phrase = '"' + text.replace('"', '""') + '"'
    return f"SELECT rowid FROM {table}_text WHERE {table}_text MATCH %s", [phrase]


def contains(text: str) -> str:
    """As a pattern for LIKE."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
