"""Notices: the inbox and what is sent by mail.

Revision: 20261122g
Before it: 20261122f
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122g"
down_revision = "20261122f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("occasion", sa.String(length=120), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("dossier_id", sa.Integer(), nullable=True),
        sa.Column("loan_id", sa.Integer(), nullable=True),
        sa.Column("line_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id_people")),
        sa.ForeignKeyConstraint(["about_id"], ["people.id"], name=op.f("fk_notices_about_id_people")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_notices_dossier_id_dossiers")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_notices_loan_id_loans")),
        sa.ForeignKeyConstraint(["line_id"], ["request_lines.id"], name=op.f("fk_notices_line_id_request_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("person_id", "kind", "occasion", name=op.f("uq_notices_person_id_kind_occasion")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        for column in ("person_id", "about_id", "dossier_id", "loan_id", "line_id"):
            batch_op.create_index(batch_op.f(f"ix_notices_{column}"), [column], unique=False)
        batch_op.create_index(
            "ix_notices_unread",
            ["person_id"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )


def downgrade() -> None:
    op.drop_table("notices")
