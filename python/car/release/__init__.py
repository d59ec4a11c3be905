"""Releases: exports the files of every recipient, puts a version in force, checks, compares and rolls back.

Files, columns and keys come from the catalogue that the warehouse carries with it.
May import: the modules at the top of `car`, `car.page` and `car.warehouse`.
"""
