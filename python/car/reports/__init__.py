"""The reports that people read: a PDF per recipient, role and area, made from the CSVs of a release.

A report is a folder: queries (`*.sql`) over the published CSVs say what is shown, and a list of pages
(`report.yml`) says in which words and by which graph. A graph is a Vega-Lite template (`charts/`), and one
Typst template (`report.typ`) sets all reports. No module here knows a file, a column or a figure.
May import: the modules at the top of `car`, `car.theme` and `car.warehouse`.
"""
