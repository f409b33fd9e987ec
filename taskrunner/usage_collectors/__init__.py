"""What a session tells beside its steps: one small module a topic, each with its part of the catalogue.

A module declares `FIELDS` and has a function that returns values for them. Values that are names,
paths or texts of the person's never leave these modules: each is turned into a member of a list here.
"""
