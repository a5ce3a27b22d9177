"""Alembic's entry: runs the migrations on the connection the caller brings."""

from typing import Any, Literal

from alembic import context

from portal.core.tables import UtcDateTime, Word
from portal.tables import METADATA


def _render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Migrations must not change when the code does: our column kinds are written as plain ones."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Word):
        return "sa.String(length=40)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
