"""Durations and numbers of things as a person reads them."""

__all__ = ["amount", "clock", "duration", "share", "size"]


def duration(seconds: float) -> str:
    """Return a duration such as `0s`, `1.2s`, `45s`, `2m 5s` or `1h 2m 5s`."""
    tenths = round(seconds * 10)
    if tenths == 0:
        return "0s"
    if tenths < 300:
        return f"{tenths // 10}.{tenths % 10}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes}m {rest}s"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def amount(number: int, noun: str) -> str:
    """Return a number of things, such as `1 container` or `2 containers`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def clock(seconds: float) -> str:
    """Return a duration in whole seconds, which is what a display that counts them shows: `3s`, `2m 5s`."""
    whole = int(seconds)
    return f"{whole}s" if whole < 60 else duration(whole)


def size(number: int) -> str:
    """Return bytes in decimal units, as registries count them: `512 B`, `61.2 MB`."""
    value, unit = float(number), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if value < 999.95 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def share(done: int, total: int) -> str:
    """Return how much of something is done, such as `61.2 of 142.6 MB`; without a total, what is done."""
    if total <= 0:
        return size(done)
    part, whole = size(done), size(total)
    value, _, unit = part.partition(" ")
    return f"{value} of {whole}" if whole.endswith(f" {unit}") else f"{part} of {whole}"
