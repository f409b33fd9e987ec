"""`taskrunner schema`: the config format as a JSON Schema, for editors."""

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of the config files."""
    import json

    from taskrunner.config.schema import generate

    print(json.dumps(generate(), indent=2))
