"""Advice to the database on how to go about a statement; it never changes what the statement finds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement


class _Mostly(FunctionElement[Any]):
    type = Boolean()
    inherit_cache = True


def mostly(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition that is true of nearly all rows: no place to start from.

    SQLite keeps no statistics: it would begin with the index on the state of dossiers, and look up each document of
    each dossier, instead of reading the documents of the period. A unary plus keeps it from using an index.
    """
    return _Mostly(condition)


@compiles(_Mostly)
def _as_it_is(element: Any, compiler: Any, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)})"


@compiles(_Mostly, "sqlite")
def _without_index(element: Any, compiler: Any, **kw: Any) -> str:
    return f"+({compiler.process(element.clauses, **kw)})"
