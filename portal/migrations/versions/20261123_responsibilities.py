"""Responsible employees: who named them, why, and when it ended; the day of the end no longer counts.

Revision: 20261123c
Before it: 20261123b
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "20261123c"
down_revision = "20261123b"
branch_labels = None
depends_on = None

_STILL = sa.text("until_date IS NULL")


def upgrade() -> None:
    _move_ends(timedelta(days=1))
    with op.batch_alter_table("responsibilities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("named_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("named_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(length=40), server_default="opening", nullable=False))
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ended_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("ended_reason", sa.String(length=40), nullable=True))
        batch_op.create_check_constraint(op.f("ck_responsibilities_dates"), "until_date >= from_date")
        for column in ("named_by_id", "ended_by_id"):
            batch_op.create_foreign_key(op.f(f"fk_responsibilities_{column}_people"), "people", [column], ["id"])
            batch_op.create_index(batch_op.f(f"ix_responsibilities_{column}"), [column], unique=False)
        batch_op.create_index(
            "uq_responsibilities_person",
            ["client_id", "person_id"],
            unique=True,
            sqlite_where=_STILL,
            postgresql_where=_STILL,
        )
    op.execute(_TAKEN_FROM_THE_TRAIL)


_TAKEN_FROM_THE_TRAIL = """
    UPDATE responsibilities
    SET named_at = (SELECT e.at FROM trail_entries e WHERE e.action = 'responsibility:begin'
                    AND e.subject = 'responsibilities:' || responsibilities.id ORDER BY e.id LIMIT 1),
        named_by_id = (SELECT e.actor_id FROM trail_entries e WHERE e.action = 'responsibility:begin'
                       AND e.subject = 'responsibilities:' || responsibilities.id ORDER BY e.id LIMIT 1)
"""
"""Who named those that are there already stands in the trail."""


def _move_ends(by: timedelta) -> None:
    """The day of the end used to count; now it is the first day that does not."""
    rows = sa.table("responsibilities", sa.column("id", sa.Integer), sa.column("until_date", sa.Date))
    connection = op.get_bind()
    ended = connection.execute(sa.select(rows.c.id, rows.c.until_date).where(rows.c.until_date.is_not(None))).all()
    for row in ended:
        connection.execute(sa.update(rows).where(rows.c.id == row.id).values(until_date=row.until_date + by))


def downgrade() -> None:
    with op.batch_alter_table("responsibilities", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_responsibilities_person", sqlite_where=_STILL, postgresql_where=_STILL
        )
        for column in ("ended_by_id", "named_by_id"):
            batch_op.drop_index(batch_op.f(f"ix_responsibilities_{column}"))
            batch_op.drop_constraint(op.f(f"fk_responsibilities_{column}_people"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_responsibilities_dates"), type_="check")
        for column in ("ended_reason", "ended_by_id", "ended_at", "reason", "named_by_id", "named_at"):
            batch_op.drop_column(column)
    _move_ends(timedelta(days=-1))
