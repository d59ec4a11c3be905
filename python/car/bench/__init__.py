"""`car bench`: what each step of a month costs, beside a hand-written floor on the same landing files."""
