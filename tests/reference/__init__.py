"""The second implementation: the published figures again, as plain Python loops over the landing files.

It exists to prove the SQL right, so it shares nothing with it but the contract: no SQL computes a figure
here, and DuckDB is only used to open one Parquet file at a time.
"""

from reference.compute import Result, compute

__all__ = ["Result", "compute"]
