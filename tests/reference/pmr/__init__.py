"""The industry report again, in plain Python (written from the contract alone, without the SQL)."""
