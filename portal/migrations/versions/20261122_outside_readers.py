"""Outside readers with their papers, volumes left out on approval, grants taken back.

Revision: 20261122i
Before it: 20261122h
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122i"
down_revision = "20261122h"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outside_readers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("visit_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_outside_readers_request_id_requests")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_readers")),
        sa.UniqueConstraint("request_id", name=op.f("uq_outside_readers_request_id")),
    )
    op.create_table(
        "outside_reader_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outside_id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=40), nullable=False),
        sa.Column("content_key", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_kind", sa.String(length=10), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outside_id"],
            ["outside_readers.id"],
            name=op.f("fk_outside_reader_papers_outside_id_outside_readers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_reader_papers")),
        sa.UniqueConstraint("outside_id", "paper", name=op.f("uq_outside_reader_papers_outside_id_paper")),
    )
    with op.batch_alter_table("outside_reader_papers", schema=None) as batch_op:
        for column in ("outside_id", "content_key"):
            batch_op.create_index(batch_op.f(f"ix_outside_reader_papers_{column}"), [column], unique=False)
    op.add_column("reading_grants", sa.Column("ended_remark", sa.String(length=500), server_default="", nullable=False))
    _outcomes("wanted", "issued", "not_found", "not_fetched", "refused")


def downgrade() -> None:
    # A volume that was left out was not handed out: the older schema has no nearer word.
    op.execute("UPDATE requested_volumes SET outcome = 'not_found' WHERE outcome = 'refused'")
    _outcomes("wanted", "issued", "not_found", "not_fetched")
    op.drop_column("reading_grants", "ended_remark")
    op.drop_table("outside_reader_papers")
    op.drop_table("outside_readers")


def _outcomes(*words: str) -> None:
    """Replace the words a requested volume's outcome may be."""
    listed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table("requested_volumes", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_requested_volumes_outcome"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_requested_volumes_outcome"), f"outcome IN ({listed})")
