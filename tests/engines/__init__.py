"""Holds what other engines make of a month against what DuckDB makes of it: tables, CSVs and run.json."""
