"""The portal: what a Party sees in its browser of the releases in force.

It shows a release's files and nothing else, so that it needs no warehouse. The month's job
imports `bundle` alone. `pip install car[portal]` brings what the rest needs.

May import: `car.page`, `car.release`, `car.reports`, `car.theme`, `car.warehouse`.
"""
