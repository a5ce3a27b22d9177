"""Reports on their way from draft to issue.

Revision: 20261124a
Before it: 20261123f
"""

revision = "20261124a"
down_revision = "20261123f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
