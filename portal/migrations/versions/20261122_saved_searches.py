"""Saved searches and what newly answers them.

Revision: 20261122c
Before it: 20261122b
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122c"
down_revision = "20261122b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("question", sa.String(length=2000), nullable=False),
        sa.Column("narrowing", sa.String(length=2000), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_searches_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_searches_person_id_name")),
    )
    with op.batch_alter_table("saved_searches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_searches_person_id"), ["person_id"], unique=False)
    op.create_table(
        "saved_search_finds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("saved_search_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("needed_right", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_saved_search_finds_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["saved_search_id"],
            ["saved_searches.id"],
            name=op.f("fk_saved_search_finds_saved_search_id_saved_searches"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search_finds")),
        sa.UniqueConstraint("saved_search_id", "document_id", name=op.f("uq_saved_search_finds_saved_search_id_document_id")),
    )
    with op.batch_alter_table("saved_search_finds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_search_finds_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_saved_search_finds_saved_search_id"), ["saved_search_id"], unique=False)


def downgrade() -> None:
    op.drop_table("saved_search_finds")
    op.drop_table("saved_searches")
