"""The warehouse: builds it with dbt in this process, opens it, and says what the dbt project publishes.

It knows no model by name: what it needs stands in dbt's manifest.
May import: the modules at the top of `car`. No other package.
"""
