"""Letters to clients about who follows somebody who leaves.

Revision: 20261123f
Before it: 20261123e
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123f"
down_revision = "20261123e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('letter_texts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('written_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['written_by_id'], ['people.id'], name=op.f('fk_letter_texts_written_by_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_texts'))
    )
    with op.batch_alter_table('letter_texts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_texts_language'), ['language'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_texts_written_by_id'), ['written_by_id'], unique=False)

    op.create_table('client_letters',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('handover_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('dossier_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=500), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('written_by_id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refused', sa.String(length=200), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('fk_client_letters_client_id_clients')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_client_letters_document_id_documents')),
    sa.ForeignKeyConstraint(['dossier_id'], ['dossiers.id'], name=op.f('fk_client_letters_dossier_id_dossiers')),
    sa.ForeignKeyConstraint(['handover_id'], ['handovers.id'], name=op.f('fk_client_letters_handover_id_handovers')),
    sa.ForeignKeyConstraint(['written_by_id'], ['people.id'], name=op.f('fk_client_letters_written_by_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_letters')),
    sa.UniqueConstraint('handover_id', 'client_id', name=op.f('uq_client_letters_handover_id_client_id'))
    )
    with op.batch_alter_table('client_letters', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_client_letters_client_id'), ['client_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_client_letters_document_id'), ['document_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_client_letters_dossier_id'), ['dossier_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_client_letters_handover_id'), ['handover_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_client_letters_written_by_id'), ['written_by_id'], unique=False)


def downgrade() -> None:
    op.drop_table("client_letters")
    op.drop_table("letter_texts")
