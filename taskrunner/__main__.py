"""`python -m taskrunner` does what the installed command does."""

import sys

from taskrunner.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
