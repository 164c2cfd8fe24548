"""`python -m tocsin` is `tocsin`, so that a process can start another of its own kind."""

from tocsin.doors.cli import main

if __name__ == "__main__":
    main()
