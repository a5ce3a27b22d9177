"""The engine for a large archive on one host: Tantivy, a search library in Rust, files in one directory."""

from search_index.tantivy.engine import TantivyIndex

__all__ = ["TantivyIndex"]
