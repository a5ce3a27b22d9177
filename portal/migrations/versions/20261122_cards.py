"""Cards of people, for the counter.

Revision: 20261122e
Before it: 20261122d
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "20261122e"
down_revision = "20261122d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("card_number", sa.String(length=20), nullable=True))
    _give_everybody_a_card()
    # An index, not a constraint: SQLite would have to make the table anew, which everything points at.
    op.create_index(op.f("ix_people_card_number"), "people", ["card_number"], unique=True)
    op.create_table(
        "ended_cards",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_ended_cards_person_id_people")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ended_cards")),
    )
    with op.batch_alter_table("ended_cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ended_cards_person_id"), ["person_id"], unique=False)


def _give_everybody_a_card() -> None:
    """Numbers by chance, each once: C, eight digits, and two check digits (ISO 7064, mod 97-10)."""
    people = sa.table("people", sa.column("id", sa.Integer), sa.column("card_number", sa.String))
    connection = op.get_bind()
    given: set[int] = set()
    for person_id in connection.scalars(sa.select(people.c.id).order_by(people.c.id)).all():
        body = secrets.randbelow(10**8)
        while body in given:
            body = secrets.randbelow(10**8)
        given.add(body)
        number = f"C{body:08d}{98 - body * 100 % 97:02d}"
        connection.execute(sa.update(people).where(people.c.id == person_id).values(card_number=number))


def downgrade() -> None:
    op.drop_table("ended_cards")
    op.drop_index(op.f("ix_people_card_number"), table_name="people")
    op.drop_column("people", "card_number")
