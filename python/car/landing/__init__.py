"""The landing check: judges every file of the landing zone before a row of it is used.

It writes the landing index, which dbt's staging models read.
May import: the modules at the top of `car`. No other package.
"""
