"""Published groups of people that contain each other, settled so that no small remainder shows."""

from collections.abc import Iterable, Mapping

from telemetry.collector.summary.release import (
    POOLED,
    Chance,
    Group,
    Relation,
    floor_tens,
    near_ten,
    settle,
    settle_each,
)

__all__ = ["Group", "inside", "part_of", "parts_of", "raised", "rounded", "settled"]


def rounded(people: int, chance: Chance) -> Group:
    """Return a group with one of the two tens beside its number."""
    return Group(people, near_ten(people, chance))


def parts_of(counts: Mapping[str, int], whole: Group, least: int, chance: Chance) -> dict[str, Group]:
    """Return the parts of a group that may be public; those that are too small are one, if that is not."""
    parts = {value: people for value, people in sorted(counts.items()) if people >= least}
    small = sum(people for people in counts.values() if people < least)
    published = {value: part_of(whole, people, chance).published for value, people in parts.items()}
    if small >= least:
        # Rounded down: of two cells with nine people each, 20 would tell that neither is empty. Where all
        # are in the pool, it is the whole: a second rounding would tell at least how many these are.
        parts[POOLED] = small
        published[POOLED] = whole.published if small == whole.people else floor_tens(small)
    remainder = 0 if small >= least else small
    numbers = settle(Relation(whole.least, remainder), parts, published, least)
    return {
        value: Group(
            people,
            numbers[value],
            floored=whole.floored if people == whole.people else value == POOLED,
        )
        for value, people in parts.items()
    }


def part_of(whole: Group, people: int, chance: Chance) -> Group:
    """Return a part of a group, rounded.

    Who is everybody has everybody's number: two roundings of one group would narrow it down.
    """
    return Group(people, whole.published) if people == whole.people else rounded(people, chance)


def inside(people: int, outer: Iterable[Group], least: int, chance: Chance) -> int:
    """Return the number to publish of a group that is in some larger ones."""
    groups = tuple(outer)
    for group in groups:
        if group.people == people:
            return group.published
    return raised(rounded(people, chance), groups, least).published


def raised(cell: Group, outer: Iterable[Group], least: int) -> Group:
    """Return a group, settled with each larger group that it is in."""
    for group in outer:
        cell = settled({"": cell}, group, least)[""]
    return cell


def settled(parts: Mapping[str, Group], whole: Group, least: int) -> dict[str, Group]:
    """Return groups, settled with a larger one that they are in; they may have people in common."""
    people = {name: group.people for name, group in parts.items()}
    published = {name: group.published for name, group in parts.items()}
    numbers = settle_each(whole, people, published, least)
    return {name: group._replace(published=numbers[name]) for name, group in parts.items()}
