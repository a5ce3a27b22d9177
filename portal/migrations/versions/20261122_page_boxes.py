"""Pages keep where their text stands, how they are turned, and the texts they had.

Revision: 20261122a
Before it: e17e69ca9121
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122a"
down_revision = "e17e69ca9121"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pages", sa.Column("text_number", sa.Integer(), server_default="0", nullable=False))
    op.add_column("pages", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pages", sa.Column("rotation", sa.Integer(), server_default="0", nullable=False))
    op.add_column("pages", sa.Column("boxes", sa.Text(), nullable=True))
    op.create_index(op.f("ix_pages_confidence"), "pages", ["confidence"], unique=False)
    op.execute("UPDATE pages SET text_number = 1 WHERE read_at IS NOT NULL")
    op.create_table(
        "page_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_page_texts_page_id_pages")),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"], name=op.f("fk_page_texts_made_by_id_people")),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["people.id"], name=op.f("fk_page_texts_accepted_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_texts")),
        sa.UniqueConstraint("page_id", "number", name=op.f("uq_page_texts_page_id_number")),
    )
    with op.batch_alter_table("page_texts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_texts_page_id"), ["page_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_texts_made_by_id"), ["made_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_texts_accepted_by_id"), ["accepted_by_id"], unique=False)


def downgrade() -> None:
    op.drop_table("page_texts")
    op.drop_index(op.f("ix_pages_confidence"), table_name="pages")
    for column in ("boxes", "rotation", "checked_at", "text_number"):
        op.drop_column("pages", column)
