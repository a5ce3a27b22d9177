"""The pages read in a period are found by an index: their rows are long, because they hold the text.

Revision: 20261124c
Before it: 20261124b
"""

from alembic import op

revision = "20261124c"
down_revision = "20261124b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_pages_read_at", "pages", ["read_at"])


def downgrade() -> None:
    op.drop_index("ix_pages_read_at", "pages")
