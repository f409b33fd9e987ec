"""Completion for shells: a script with the words of this release, and a quick answer for each key press."""
