"""The project's documents for its readers: a site with dbt's own beside it, and the guidance as a PDF.

May import: the modules at the top of `car`, `car.reports`, `car.theme` and `car.warehouse`.
"""
