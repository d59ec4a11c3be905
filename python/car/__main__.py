"""`python -m car` is the command `car`."""

from car.cli import main

if __name__ == "__main__":
    main()
