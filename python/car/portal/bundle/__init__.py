"""Bundles: what the portal holds of a release, a read-only DuckDB file for each recipient."""
