"""A mutation run: the SQL of core, marts and their macros, broken in one small way at a time."""
