"""What others are told of a run: messages by apprise, and a text file of numbers for Prometheus.

Both are extras. A message has counts and paths: no figure, and nothing that identifies a home or a party.
May import: the modules at the top of `car`.
"""
