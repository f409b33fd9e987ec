"""The release's version, as a literal: reading it from installed metadata costs 40 ms."""

VERSION = "0.1.0"
__version__ = VERSION
