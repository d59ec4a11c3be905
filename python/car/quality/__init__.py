"""The operator's quality page: what Great Expectations finds in lists, landed files and published files.

Rules of rows are SQL (models/staging). What stands here is about a list or a file as a whole, or about what
left the house: one suite of expectations per thing. That of a published file is made from its declaration;
the others are data files in `suites`.
May import: the modules at the top of `car`, `car.theme`, `car.warehouse` and `car.release`.
"""
