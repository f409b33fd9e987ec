"""Durations and numbers of things as a person reads them."""

__all__ = ["amount", "duration"]


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
