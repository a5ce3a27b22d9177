"""PostgreSQL's full text search as an engine, for several web hosts that share a database."""

from search_index.postgres.engine import PostgresIndex

__all__ = ["PostgresIndex"]
