"""`python -m chereme`: the command line, where its own name is not on the path."""

from chereme.cli import main

if __name__ == "__main__":
    main()
