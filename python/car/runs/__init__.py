"""The history of runs, from their run.json alone: how each ended, what it took, what came in and went out.

`car runs` says it in lines, and writes it as a page.
May import: the modules at the top of `car`, `car.release`, `car.reports` and `car.theme`.
"""
