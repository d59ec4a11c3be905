"""XLSX and Parquet on request, beside the CSVs: what is asked for (seed format_requests), and the writers.

Their rows are those of the published CSV, read back, so that the three cannot differ.
"""
