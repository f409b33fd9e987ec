"""What this process took of the machine."""

__all__ = ["peak_memory"]


def peak_memory() -> int | None:
    """Return the most memory that this process ever had in use, in bytes; None where no kernel tells.

    Not `ru_maxrss`: a process inherits the peak of the one that started it.
    """
    try:
        with open("/proc/self/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        return None
    return None
