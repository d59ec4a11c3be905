"""`car bench`: what each step of a month costs, beside a hand-written floor on the same landing files.

It runs the steps of `car run` one by one, each in a process of its own.
May import: anything; nobody imports it but the command.
"""
