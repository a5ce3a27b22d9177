"""The default engine: Whoosh, pure Python, files in one directory, nothing to install or to run beside it."""

from search_index.whoosh.engine import WhooshIndex

__all__ = ["WhooshIndex"]
