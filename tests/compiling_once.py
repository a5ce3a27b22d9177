"""What every test's portal would compile again is compiled once in a run: statements and routes (and, in `conftest`,
templates).

Each test has an engine and a portal of its own. SQLAlchemy remembers compiled statements by engine and dialect object,
Werkzeug compiles the routes of every new map; half of the time of a test of pages went into compiling the same again.
Nothing else is shared: not a row, not a connection.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

_STATEMENTS = 4000


def share_compiled_statements() -> None:
    """From now on engines of the same kind of database share what they have compiled."""
    shared: Any = LRUCache(_STATEMENTS)
    DefaultDialect.__eq__ = _same_kind  # type: ignore[method-assign,assignment]
    DefaultDialect.__hash__ = _hash_of_kind  # type: ignore[method-assign,assignment]

    @event.listens_for(Engine, "engine_connect")
    def _on_connect(connection: Connection) -> None:
        connection.execution_options(compiled_cache=shared)


def _same_kind(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _hash_of_kind(dialect: Dialect) -> int:
    return hash(type(dialect))


def share_compiled_routes() -> None:
    """From now on a rule makes addresses with the function that was compiled for the first one like it."""
    compile_builder: Any = Rule._compile_builder
    shared: dict[Any, Any] = {}

    def compiled_once(rule: Any, append_unknown: bool = True) -> Any:
        alike = (rule.rule, repr(rule.defaults), tuple(rule._trace), append_unknown)
        if alike not in shared:
            shared[alike] = compile_builder(rule, append_unknown)
        return shared[alike]

    Rule._compile_builder = compiled_once  # type: ignore[method-assign]
