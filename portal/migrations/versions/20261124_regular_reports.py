"""Regular reports that departments ask for, and schedules.

Revision: 20261124b
Before it: 20261124a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124b"
down_revision = "20261124a"
branch_labels = None
depends_on = None

REFUSAL = "history is insert-only"


def _key(table: str, column: str, target: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    name = op.f(f"fk_{table}_{column}_{target}")
    return [
        sa.Column(column, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name),
    ]


def upgrade() -> None:
    op.create_table(
        "regular_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("list_spec", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("every", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        *_key("regular_reports", "department_id", "departments"),
        sa.Column("is_own", sa.Boolean(), server_default=sa.false(), nullable=False),
        *_key("regular_reports", "asked_by_id", "people"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *_key("regular_reports", "owner_id", "people", nullable=True),
        *_key("regular_reports", "preparer_id", "people", nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("active_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        *_key("regular_reports", "closed_by_id", "people", nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(kind = 'list') = (list_spec IS NOT NULL)", name=op.f("ck_regular_reports_list_spec")),
        sa.CheckConstraint("is_own = (owner_id IS NULL)", name=op.f("ck_regular_reports_owner")),
        sa.CheckConstraint(
            "state NOT IN ('active', 'ended') OR active_on IS NOT NULL", name=op.f("ck_regular_reports_active_on")
        ),
        sa.CheckConstraint("state != 'active' OR preparer_id IS NOT NULL", name=op.f("ck_regular_reports_preparer")),
        sa.CheckConstraint(
            "(state IN ('refused', 'withdrawn', 'ended')) = (closed_at IS NOT NULL)",
            name=op.f("ck_regular_reports_closed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regular_reports")),
    )
    for column in ("department_id", "asked_by_id", "owner_id", "preparer_id", "state", "closed_by_id"):
        op.create_index(op.f(f"ix_regular_reports_{column}"), "regular_reports", [column])
    op.create_table(
        "regular_recipients",
        *_key("regular_recipients", "regular_id", "regular_reports"),
        *_key("regular_recipients", "person_id", "people"),
        sa.PrimaryKeyConstraint("regular_id", "person_id", name=op.f("pk_regular_recipients")),
    )
    op.create_index(op.f("ix_regular_recipients_person_id"), "regular_recipients", ["person_id"])
    op.create_table(
        "regular_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        *_key("regular_decisions", "regular_id", "regular_reports"),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        *_key("regular_decisions", "comment_id", "erasable_texts", nullable=True),
        *_key("regular_decisions", "decided_by_id", "people"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regular_decisions")),
        sa.UniqueConstraint("regular_id", "stage", name=op.f("uq_regular_decisions_regular_id_stage")),
    )
    op.create_index(op.f("ix_regular_decisions_decided_by_id"), "regular_decisions", ["decided_by_id"])
    op.create_table(
        "regular_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        *_key("regular_drafts", "regular_id", "regular_reports"),
        sa.Column("first", sa.Date(), nullable=False),
        *_key("regular_drafts", "report_id", "reports"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regular_drafts")),
        sa.UniqueConstraint("regular_id", "first", name=op.f("uq_regular_drafts_regular_id_first")),
        sa.UniqueConstraint("report_id", name=op.f("uq_regular_drafts_report_id")),
    )
    _keep_decisions()


def _keep_decisions() -> None:
    """The database itself refuses to rewrite who signed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER regular_decisions_insert_only BEFORE UPDATE OR DELETE ON regular_decisions "
            "FOR EACH ROW EXECUTE FUNCTION refuse_history_change()"
        )
        op.execute(
            "CREATE TRIGGER regular_decisions_no_truncate BEFORE TRUNCATE ON regular_decisions "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()"
        )
        return
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER regular_decisions_no_{change.lower()} BEFORE {change} ON regular_decisions {refuse}"
        )
    # INSERT OR REPLACE removes the old row without its DELETE trigger.
    displaced = "id = NEW.id OR (regular_id = NEW.regular_id AND stage = NEW.stage)"
    op.execute(
        "CREATE TRIGGER regular_decisions_no_replace BEFORE INSERT ON regular_decisions "
        f"WHEN EXISTS (SELECT 1 FROM regular_decisions WHERE {displaced}) {refuse}"
    )


def downgrade() -> None:
    for table in ("drafts", "decisions", "recipients", "reports"):
        op.drop_table(f"regular_{table}")
