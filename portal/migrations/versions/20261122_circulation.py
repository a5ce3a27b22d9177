"""Renewals, recalls, holds and reading-room loans.

Revision: 20261122h
Before it: 20261122g
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122h"
down_revision = "20261122g"
branch_labels = None
depends_on = None


def _outcomes(*words: str) -> None:
    """Replace the words a requested volume's outcome may be."""
    listed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table("requested_volumes", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_requested_volumes_outcome"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_requested_volumes_outcome"), f"outcome IN ({listed})")


def _make_insert_only() -> None:
    """What happened to a loan is only ever added to: the database itself refuses anything else."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_loan_event_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'the history of a loan is insert-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER loan_events_insert_only BEFORE UPDATE OR DELETE ON loan_events "
            "FOR EACH ROW EXECUTE FUNCTION refuse_loan_event_change()"
        )
        op.execute(
            "CREATE TRIGGER loan_events_no_truncate BEFORE TRUNCATE ON loan_events "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_loan_event_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER loan_events_no_{change.lower()} BEFORE {change} ON loan_events "
            "BEGIN SELECT RAISE(ABORT, 'the history of a loan is insert-only'); END"
        )
    # INSERT OR REPLACE removes the old row without its DELETE trigger.
    op.execute(
        "CREATE TRIGGER loan_events_no_replace BEFORE INSERT ON loan_events "
        "WHEN EXISTS (SELECT 1 FROM loan_events WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'the history of a loan is insert-only'); END"
    )


def upgrade() -> None:
    op.add_column("volumes", sa.Column("condition", sa.String(length=40), server_default="good", nullable=False))
    op.add_column("loans", sa.Column("in_reading_room", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "loans", sa.Column("condition_issued", sa.String(length=40), server_default="good", nullable=False)
    )
    op.add_column("loans", sa.Column("condition_returned", sa.String(length=40), nullable=True))
    op.add_column("loans", sa.Column("override_reason", sa.String(length=500), server_default="", nullable=False))
    op.execute("UPDATE loans SET condition_returned = 'good' WHERE state = 'returned'")
    op.add_column("requested_volumes", sa.Column("hold_until", sa.Date(), nullable=True))
    _outcomes("wanted", "issued", "not_found", "not_fetched")
    with op.batch_alter_table("requested_volumes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requested_volumes_hold_until"), ["hold_until"], unique=False)
    op.create_table(
        "loan_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("due_before", sa.Date(), nullable=False),
        sa.Column("due_after", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_loan_events_by_id_people")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_loan_events_loan_id_loans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_events")),
    )
    with op.batch_alter_table("loan_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loan_events_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_loan_events_loan_id"), ["loan_id"], unique=False)
    _make_insert_only()


def downgrade() -> None:
    op.drop_table("loan_events")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_loan_event_change()")
    with op.batch_alter_table("requested_volumes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requested_volumes_hold_until"))
    op.execute("UPDATE requested_volumes SET outcome = 'not_found' WHERE outcome = 'not_fetched'")
    _outcomes("wanted", "issued", "not_found")
    op.drop_column("requested_volumes", "hold_until")
    for column in ("override_reason", "condition_returned", "condition_issued", "in_reading_room"):
        op.drop_column("loans", column)
    op.drop_column("volumes", "condition")
