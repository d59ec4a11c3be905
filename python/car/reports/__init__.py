"""The reports that people read: a PDF per recipient, role and area, made from the CSVs of a release.

A report is a list (`<area>.yml`) of graphs, each a Vega-Lite template (`charts/`) bound to rows of published
CSVs, and one Typst template (`report.typ`) that sets them all. A graph is added by a template and an entry in
the list; no module of this package knows a file, a column or a figure.
"""
