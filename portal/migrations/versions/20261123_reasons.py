"""Room requests of several visitors, and history whose free text can be erased and nothing else changed.

Revision: 20261123b
Before it: 20261123a
"""

import hashlib
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "20261123b"
down_revision = "20261123a"
branch_labels = None
depends_on = None

TEXTS = {"moves": "reason", "loan_events": "reason", "decisions": "comment"}
"""Tables of history, each with the free text that goes into `erasable_texts`."""
LENGTHS = {"moves": 300, "loan_events": 500, "decisions": 500}
INSERT_ONLY = {
    "moves": "id = NEW.id",
    "decisions": "id = NEW.id OR (line_id = NEW.line_id AND stage = NEW.stage)",
}
"""Tables that become insert-only here, each with what an INSERT OR REPLACE would displace (SQLite)."""
REFUSAL = "history is insert-only"
OPEN_LINE = sa.text("state IN ('submitted', 'head_approved', 'ready')")

texts = sa.table("erasable_texts", sa.column("id", sa.Integer), sa.column("content", sa.String))
lines = sa.table(
    "request_lines",
    sa.column("id", sa.Integer),
    sa.column("request_id", sa.Integer),
    sa.column("reader_id", sa.Integer),
    sa.column("dossier_id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("state", sa.String),
    sa.column("visitor", sa.String),
)
outside = sa.table(
    "outside_readers",
    sa.column("request_id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("organisation", sa.String),
)


def upgrade() -> None:
    op.create_table(
        "erasable_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasable_texts")),
    )
    _let_loan_events_change()
    for table, column in TEXTS.items():
        _add_pointer(table, f"{column}_id")
        _put_aside(table, column)
        op.drop_column(table, column)
    _keep_loan_events()
    if _on_postgresql():
        op.execute(
            "SELECT setval('erasable_texts_id_seq', COALESCE((SELECT max(id) FROM erasable_texts), 0) + 1, false)"
        )
    _make_insert_only()
    op.add_column("request_lines", sa.Column("visitor", sa.String(length=64), server_default="", nullable=False))
    _name_visitors()
    op.drop_index("uq_request_lines_open", "request_lines")
    _one_open_line("visitor")


def downgrade() -> None:
    op.drop_index("uq_request_lines_open", "request_lines")
    _leave_one_visitor()
    _one_open_line()
    op.drop_column("request_lines", "visitor")
    _allow_changes()
    _let_loan_events_change()
    for table, column in TEXTS.items():
        op.add_column(table, sa.Column(column, sa.String(length=LENGTHS[table]), server_default="", nullable=False))
        content = f"SELECT content FROM erasable_texts t WHERE t.id = {table}.{column}_id"
        op.execute(f"UPDATE {table} SET {column} = COALESCE(({content}), '') WHERE {column}_id IS NOT NULL")
        if _on_postgresql():
            op.drop_constraint(op.f(f"fk_{table}_{column}_id_erasable_texts"), table, type_="foreignkey")
        op.drop_column(table, f"{column}_id")
    _keep_loan_events()
    op.drop_table("erasable_texts")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _add_pointer(table: str, column: str) -> None:
    """Add a key to the texts. SQLite adds it in place: a rebuilt table would lose its triggers."""
    name = f"fk_{table}_{column}_erasable_texts"
    if _on_postgresql():
        op.add_column(table, sa.Column(column, sa.Integer(), nullable=True))
        op.create_foreign_key(op.f(name), table, "erasable_texts", [column], ["id"])
    else:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES erasable_texts (id)")


def _put_aside(table: str, column: str) -> None:
    """Every text of the table becomes a row of its own, which the line of history points at."""
    taken = op.get_bind().scalar(sa.select(sa.func.coalesce(sa.func.max(texts.c.id), 0)))
    op.execute(
        f"INSERT INTO erasable_texts (id, content) SELECT id + {taken}, {column} FROM {table} WHERE {column} <> ''"
    )
    op.execute(f"UPDATE {table} SET {column}_id = id + {taken} WHERE {column} <> ''")


def _let_loan_events_change() -> None:
    if _on_postgresql():
        op.execute("ALTER TABLE loan_events DISABLE TRIGGER USER")
    else:
        op.execute("DROP TRIGGER loan_events_no_update")


def _keep_loan_events() -> None:
    if _on_postgresql():
        op.execute("ALTER TABLE loan_events ENABLE TRIGGER USER")
    else:
        op.execute(
            "CREATE TRIGGER loan_events_no_update BEFORE UPDATE ON loan_events "
            "BEGIN SELECT RAISE(ABORT, 'the history of a loan is insert-only'); END"
        )


def _make_insert_only() -> None:
    """The database itself refuses to rewrite history; of a text beside it, it lets nothing happen but its erasure."""
    if _on_postgresql():
        op.execute(
            "CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        for table in INSERT_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_history_change()"
            )
        op.execute(
            "CREATE TRIGGER erasable_texts_no_update BEFORE UPDATE ON erasable_texts FOR EACH ROW "
            "WHEN (NEW.content IS NOT NULL OR NEW.id <> OLD.id) EXECUTE FUNCTION refuse_history_change()"
        )
        op.execute(
            "CREATE TRIGGER erasable_texts_no_delete BEFORE DELETE ON erasable_texts "
            "FOR EACH ROW EXECUTE FUNCTION refuse_history_change()"
        )
        for table in (*INSERT_ONLY, "erasable_texts"):
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()"
            )
        return
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table in INSERT_ONLY:
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    op.execute(
        "CREATE TRIGGER erasable_texts_no_update BEFORE UPDATE ON erasable_texts "
        f"WHEN NEW.content IS NOT NULL OR NEW.id <> OLD.id {refuse}"
    )
    for table, displaced in {**INSERT_ONLY, "erasable_texts": "id = NEW.id"}.items():
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        # INSERT OR REPLACE removes the old row without its DELETE trigger.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {displaced}) {refuse}"
        )


def _allow_changes() -> None:
    if _on_postgresql():
        for table in INSERT_ONLY:
            op.execute(f"DROP TRIGGER {table}_insert_only ON {table}")
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER erasable_texts_no_{change} ON erasable_texts")
        for table in (*INSERT_ONLY, "erasable_texts"):
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute("DROP FUNCTION refuse_history_change()")
        return
    for table in (*INSERT_ONLY, "erasable_texts"):
        for change in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER {table}_no_{change}")


def _one_open_line(*columns: str) -> None:
    op.create_index(
        "uq_request_lines_open",
        "request_lines",
        ["reader_id", "dossier_id", "kind", *columns],
        unique=True,
        sqlite_where=OPEN_LINE,
        postgresql_where=OPEN_LINE,
    )


def _name_visitors() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(outside)).all():
        words = [" ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in row[1:]]
        key = hashlib.sha256("\n".join(words).encode()).hexdigest()
        connection.execute(lines.update().where(lines.c.request_id == row.request_id).values(visitor=key))


def _leave_one_visitor() -> None:
    """The older schema knows one open request of a host for a dossier and kind: the first stays open."""
    earlier = lines.alias()
    connection = op.get_bind()
    still_open = ("submitted", "head_approved", "ready")
    again = sa.select(sa.literal(1)).where(
        earlier.c.id < lines.c.id,
        earlier.c.reader_id == lines.c.reader_id,
        earlier.c.dossier_id == lines.c.dossier_id,
        earlier.c.kind == lines.c.kind,
        earlier.c.state.in_(still_open),
    )
    connection.execute(lines.update().where(lines.c.state.in_(still_open), sa.exists(again)).values(state="cancelled"))
