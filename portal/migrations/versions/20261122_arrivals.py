"""What came through the watched folder.

Revision: 20261122b
Before it: 20261122a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122b"
down_revision = "20261122a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content_key", sa.String(length=64), nullable=True),
        sa.Column("file_kind", sa.String(length=10), nullable=True),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("reason_values", sa.JSON(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=True),
        sa.Column("other_dossier_id", sa.Integer(), nullable=True),
        sa.Column("core", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("direction", sa.String(length=40), nullable=True),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("to_check", sa.Boolean(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_arrivals_dossier_id_dossiers")),
        sa.ForeignKeyConstraint(
            ["other_dossier_id"], ["dossiers.id"], name=op.f("fk_arrivals_other_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_arrivals_document_id_documents")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["people.id"], name=op.f("fk_arrivals_closed_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals")),
        sa.UniqueConstraint("source", "part", name=op.f("uq_arrivals_source_part")),
    )
    with op.batch_alter_table("arrivals", schema=None) as batch_op:
        for column in ("content_key", "state", "dossier_id", "other_dossier_id", "document_id", "closed_by_id"):
            batch_op.create_index(batch_op.f(f"ix_arrivals_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("arrivals")
