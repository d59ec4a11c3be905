"""What builds a warehouse: DuckDB on one machine, or a Spark cluster (docs/spark.md).

May import: the modules at the top of `car`, and of the warehouse what does not build.
"""
