"""`python -m taskrunner` does what the installed command does."""

import sys

from taskrunner.cli.entry import script

if __name__ == "__main__":
    sys.exit(script())
