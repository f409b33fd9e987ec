"""The command line: one verb a file, everything heavy imported where it is used."""
