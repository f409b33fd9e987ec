"""`python -m telemetry.collector`: the same as `taskrunner-collector`."""

import sys

from telemetry.collector.cli import main

if __name__ == "__main__":
    sys.exit(main())
