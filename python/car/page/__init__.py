"""The page of a recipient's folder, `index.html`: what is in it, its first figures, and what changed.

It is made of that folder alone. No module here knows a file, a column or a figure: what is shown first stands
in datapackage.json, as the files' declarations have it.
May import: the modules at the top of `car`, `car.reports`, `car.theme` and `car.warehouse`.
"""
