"""Downloads: the rows of a table as CSV, XLSX and Parquet, and the files of a release."""
