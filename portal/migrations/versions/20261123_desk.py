"""Speed of the desk: open loans by due date are read from an index, however many were returned before.

Revision: 20261123a
Before it: 20261122i
"""

from alembic import op

revision = "20261123a"
down_revision = "20261122i"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_loans_state_due_on", "loans", ["state", "due_on", "id"])
    op.drop_index("ix_loans_state", table_name="loans")


def downgrade() -> None:
    op.create_index("ix_loans_state", "loans", ["state"])
    op.drop_index("ix_loans_state_due_on", table_name="loans")
