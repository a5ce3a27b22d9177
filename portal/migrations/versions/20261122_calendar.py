"""Who changed the office calendar, and when.

Revision: 20261122f
Before it: 20261122e
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "20261122f"
down_revision = "20261122e"
branch_labels = None
depends_on = None

_DAYS = sa.table(
    "calendar_exceptions",
    sa.column("day", sa.Date()),
    sa.column("is_open", sa.Boolean()),
    sa.column("reason", sa.String()),
)
"""One row a day, as it was."""
_RANGES = sa.table(
    "calendar_exceptions",
    sa.column("id", sa.Integer()),
    sa.column("from_day", sa.Date()),
    sa.column("until_day", sa.Date()),
    sa.column("is_open", sa.Boolean()),
    sa.column("reason", sa.String()),
    sa.column("undone_at", sa.DateTime(timezone=True)),
)
"""One row for each thing a person entered, as it is now."""


def upgrade() -> None:
    op.create_table(
        "policy_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["people.id"], name=op.f("fk_policy_changes_changed_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_changes")),
    )
    op.create_index(op.f("ix_policy_changes_changed_by_id"), "policy_changes", ["changed_by_id"], unique=False)
    kept = op.get_bind().execute(sa.select(_DAYS).order_by(_DAYS.c.day)).all()
    op.drop_table("calendar_exceptions")
    op.create_table(
        "calendar_exceptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("from_day <= until_day", name=op.f("ck_calendar_exceptions_in_order")),
        sa.ForeignKeyConstraint(["set_by_id"], ["people.id"], name=op.f("fk_calendar_exceptions_set_by_id_people")),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["people.id"], name=op.f("fk_calendar_exceptions_undone_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_exceptions")),
    )
    for column in ("from_day", "until_day", "set_by_id", "undone_by_id"):
        op.create_index(op.f(f"ix_calendar_exceptions_{column}"), "calendar_exceptions", [column], unique=False)
    rows = [{"from_day": row.day, "until_day": row.day, "is_open": row.is_open, "reason": row.reason} for row in kept]
    if rows:
        op.bulk_insert(_RANGES, rows)


def downgrade() -> None:
    """Back to a row a day: what counts on it stays; who set or undid it, and what no longer counts, has no place."""
    kept = op.get_bind().execute(sa.select(_RANGES).where(_RANGES.c.undone_at.is_(None)).order_by(_RANGES.c.id)).all()
    days = {}
    for row in kept:
        for ahead in range((row.until_day - row.from_day).days + 1):
            day = row.from_day + timedelta(days=ahead)
            days[day] = {"day": day, "is_open": row.is_open, "reason": row.reason}
    op.drop_table("calendar_exceptions")
    op.drop_table("policy_changes")
    op.create_table(
        "calendar_exceptions",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_exceptions")),
    )
    if days:
        op.bulk_insert(_DAYS, list(days.values()))
