"""Reports on their way from draft to issue.

Revision: 20261124a
Before it: 20261123f

The triggers of `reports` do not survive a table that is copied (batch mode on SQLite): a later migration adds columns
with ALTER TABLE ADD COLUMN.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124a"
down_revision = "20261123f"
branch_labels = None
depends_on = None

_KEPT = "an issued report never changes"
_HISTORY = "the history of a report is insert-only"
_INSERT_ONLY = ("report_steps", "report_fetches")
_FOR_EVER = (
    *("kind", "title", "period_kind", "first", "last", "audience", "language", "prepared_by_id", "prepared_at"),
    *("submitted_by_id", "submitted_at", "data_key", "data_size", "reviewed_by_id", "reviewed_at"),
    *("number", "issued_by_id", "issued_at", "issued_on", "pdf_key", "pdf_size"),
)
"""What never changes once a report is issued; it may only be marked as withdrawn, and its successor be named."""
_ONCE = ("withdrawn_by_id", "withdrawn_at", "successor_id")
"""Of an issued report: said once."""


def _person(table: str, column: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    key = sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_{table}_{column}_people"))
    return [sa.Column(column, sa.Integer(), nullable=nullable), key]


def _of_report(table: str) -> list[sa.schema.SchemaItem]:
    key = sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f(f"fk_{table}_report_id_reports"))
    return [sa.Column("report_id", sa.Integer(), nullable=False), key]


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("period_kind", sa.String(length=40), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        *_person("reports", "prepared_by_id"),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        *_person("reports", "submitted_by_id", nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_key", sa.String(length=64), nullable=True),
        sa.Column("data_size", sa.BigInteger(), nullable=True),
        *_person("reports", "reviewed_by_id", nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=True),
        *_person("reports", "issued_by_id", nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("pdf_key", sa.String(length=64), nullable=True),
        sa.Column("pdf_size", sa.BigInteger(), nullable=True),
        *_person("reports", "withdrawn_by_id", nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["successor_id"], ["reports.id"], name=op.f("fk_reports_successor_id_reports")),
        sa.CheckConstraint(
            "(state IN ('issued', 'withdrawn')) = (number IS NOT NULL AND pdf_key IS NOT NULL "
            "AND issued_at IS NOT NULL AND issued_by_id IS NOT NULL)",
            name=op.f("ck_reports_issued_whole"),
        ),
        sa.CheckConstraint(
            "(state IN ('draft', 'discarded')) = (data_key IS NULL OR submitted_by_id IS NULL)",
            name=op.f("ck_reports_frozen"),
        ),
        sa.CheckConstraint(
            "(state IN ('reviewed', 'issued', 'withdrawn')) = (reviewed_by_id IS NOT NULL)",
            name=op.f("ck_reports_reviewed_whole"),
        ),
        sa.CheckConstraint(
            "submitted_by_id <> reviewed_by_id AND submitted_by_id <> issued_by_id AND reviewed_by_id <> issued_by_id",
            name=op.f("ck_reports_three_people"),
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL) AND "
            "(state = 'withdrawn') = (withdrawn_by_id IS NOT NULL)",
            name=op.f("ck_reports_withdrawn_whole"),
        ),
        sa.CheckConstraint(
            "successor_id IS NULL OR state = 'withdrawn'", name=op.f("ck_reports_successor_of_withdrawn")
        ),
        sa.CheckConstraint("first <= last", name=op.f("ck_reports_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("number", name=op.f("uq_reports_number")),
    )
    people = ("prepared_by_id", "submitted_by_id", "reviewed_by_id", "issued_by_id", "withdrawn_by_id")
    for column in ("state", "data_key", "pdf_key", "successor_id", *people):
        _index("reports", column)
    op.create_table(
        "report_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        *_of_report("report_steps"),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_person("report_steps", "by_id", nullable=True),
        *_person("report_steps", "to_id", nullable=True),
        sa.Column("remark_id", sa.Integer(), nullable=True),
        sa.Column("data_key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["remark_id"], ["erasable_texts.id"], name=op.f("fk_report_steps_remark_id_erasable_texts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_steps")),
    )
    for column in ("report_id", "by_id", "to_id", "remark_id", "data_key"):
        _index("report_steps", column)
    op.create_table(
        "report_recipients",
        sa.Column("id", sa.Integer(), nullable=False),
        *_of_report("report_recipients"),
        *_person("report_recipients", "person_id"),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        *_person("report_recipients", "added_by_id"),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_recipients")),
    )
    listed = sa.text("removed_at IS NULL")
    op.create_index(
        "uq_report_recipients_listed",
        "report_recipients",
        ["report_id", "person_id"],
        unique=True,
        sqlite_where=listed,
        postgresql_where=listed,
    )
    for column in ("report_id", "person_id", "added_by_id"):
        _index("report_recipients", column)
    op.create_table(
        "report_fetches",
        sa.Column("id", sa.Integer(), nullable=False),
        *_of_report("report_fetches"),
        *_person("report_fetches", "person_id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_format", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_fetches")),
    )
    _index("report_fetches", "person_id")
    _index("report_fetches", "report_id", "person_id")
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _changed(unlike: str) -> str:
    """That an issued report would say something else, be issued again after it was withdrawn, or that who withdrew it,
    when, and what takes its place would be rewritten."""
    changed = " OR ".join(f"NEW.{column} {unlike} OLD.{column}" for column in ("id", *_FOR_EVER))
    back = "NEW.state NOT IN ('issued', 'withdrawn') OR (OLD.state = 'withdrawn' AND NEW.state = 'issued')"
    other = " OR ".join(f"(OLD.{column} IS NOT NULL AND NEW.{column} {unlike} OLD.{column})" for column in _ONCE)
    return f"OLD.state IN ('issued', 'withdrawn') AND ({changed} OR {back} OR {other})"


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_report_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{_KEPT}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER reports_keep BEFORE UPDATE ON reports FOR EACH ROW "
        f"WHEN ({_changed('IS DISTINCT FROM')}) EXECUTE FUNCTION refuse_report_change()"
    )
    op.execute(
        "CREATE TRIGGER reports_no_delete BEFORE DELETE ON reports FOR EACH ROW EXECUTE FUNCTION refuse_report_change()"
    )
    op.execute(
        "CREATE FUNCTION refuse_report_history_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{_HISTORY}'; END $$"
    )
    for table in _INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_report_history_change()"
        )
    for table in ("reports", *_INSERT_ONLY):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_report_history_change()"
        )


def _guard_on_sqlite() -> None:
    def refuse(name: str, change: str, table: str, words: str, when: str = "1") -> None:
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {change} ON {table} WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )

    refuse("keep", "UPDATE", "reports", _KEPT, _changed("IS NOT"))
    refuse("no_delete", "DELETE", "reports", _KEPT)
    for table in _INSERT_ONLY:
        refuse("no_update", "UPDATE", table, _HISTORY)
        refuse("no_delete", "DELETE", table, _HISTORY)
    for table in ("reports", *_INSERT_ONLY):
        # INSERT OR REPLACE removes the old row without its DELETE trigger.
        displaced = "id = NEW.id OR number = NEW.number" if table == "reports" else "id = NEW.id"
        refuse("no_replace", "INSERT", table, _KEPT, f"EXISTS (SELECT 1 FROM {table} WHERE {displaced})")


def downgrade() -> None:
    for table in ("report_fetches", "report_recipients", "report_steps", "reports"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in ("refuse_report_change", "refuse_report_history_change"):
            op.execute(f"DROP FUNCTION {function}()")
