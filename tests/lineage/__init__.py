"""Disclosure by lineage: what is published of others' rows has passed the releasing macros. See README.md."""
