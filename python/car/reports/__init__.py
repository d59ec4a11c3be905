"""The reports that people read: a PDF per recipient, role and area, made from the CSVs of a release.

A report is a list (`<area>.yml`) of graphs. Each graph is a Vega-Lite template (`charts/`) with rows of
published CSVs. One Typst template (`report.typ`) sets them all. No module here knows a file, a column or a
figure.
May import: the modules at the top of `car`, `car.theme` and `car.warehouse`.
"""
