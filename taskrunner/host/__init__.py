"""What the host is and has: processes, paths, signals."""
