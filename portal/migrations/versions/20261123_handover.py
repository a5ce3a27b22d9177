"""Handovers: who leaves, what they owed and how it was closed, the signatures, the certificate.

Revision: 20261123e
Before it: 20261123d
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123e"
down_revision = "20261123d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("from_department_id", sa.Integer(), nullable=False),
        sa.Column("to_department_id", sa.Integer(), nullable=True),
        sa.Column("sudden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'transfer') = (to_department_id IS NOT NULL)", name=op.f("ck_handovers_to_department")
        ),
        sa.ForeignKeyConstraint(["closed_by_id"], ["people.id"], name=op.f("fk_handovers_closed_by_id_people")),
        sa.ForeignKeyConstraint(
            ["from_department_id"], ["departments.id"], name=op.f("fk_handovers_from_department_id_departments")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["people.id"], name=op.f("fk_handovers_opened_by_id_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_handovers_person_id_people")),
        sa.ForeignKeyConstraint(
            ["to_department_id"], ["departments.id"], name=op.f("fk_handovers_to_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handovers_closed_by_id"), ["closed_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handovers_from_department_id"), ["from_department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handovers_opened_by_id"), ["opened_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handovers_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handovers_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_handovers_open",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "handover_certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("content_key", sa.String(length=64), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handovers.id"], name=op.f("fk_handover_certificates_handover_id_handovers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_certificates")),
        sa.UniqueConstraint("handover_id", name=op.f("uq_handover_certificates_handover_id")),
        sa.UniqueConstraint("number", name=op.f("uq_handover_certificates_number")),
    )
    with op.batch_alter_table("handover_certificates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_certificates_content_key"), ["content_key"], unique=False)

    op.create_table(
        "handover_signatures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handovers.id"], name=op.f("fk_handover_signatures_handover_id_handovers")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["people.id"], name=op.f("fk_handover_signatures_signed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_signatures")),
        sa.UniqueConstraint("handover_id", "side", name=op.f("uq_handover_signatures_handover_id_side")),
        sa.UniqueConstraint(
            "handover_id", "signed_by_id", name=op.f("uq_handover_signatures_handover_id_signed_by_id")
        ),
    )
    with op.batch_alter_table("handover_signatures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_signatures_handover_id"), ["handover_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_signatures_signed_by_id"), ["signed_by_id"], unique=False)

    op.create_table(
        "handover_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("what", sa.JSON(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_handover_items_client_id_clients")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["people.id"], name=op.f("fk_handover_items_closed_by_id_people")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_handover_items_dossier_id_dossiers")),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handovers.id"], name=op.f("fk_handover_items_handover_id_handovers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_items")),
        sa.UniqueConstraint(
            "handover_id", "source", "subject", name=op.f("uq_handover_items_handover_id_source_subject")
        ),
    )
    with op.batch_alter_table("handover_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_items_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_items_closed_by_id"), ["closed_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_items_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_items_handover_id"), ["handover_id"], unique=False)

    op.add_column("people", sa.Column("leaving_on", sa.Date(), nullable=True))
    op.add_column("people", sa.Column("downloads_stopped", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("people", "downloads_stopped")
    op.drop_column("people", "leaving_on")
    for table in ("handover_items", "handover_signatures", "handover_certificates", "handovers"):
        op.drop_table(table)
