"""The command `car`; `python -m car` is the same."""

import sys

from car import signals


def main() -> None:
    """Run the command line."""
    signals.watch()
    for stream in (sys.stdout, sys.stderr):
        # A terminal or a pipe that does not know a sign gets its number, and the command goes on.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    from car.cli import app  # takes longer to import than somebody takes to think better of it

    app()


if __name__ == "__main__":
    main()
