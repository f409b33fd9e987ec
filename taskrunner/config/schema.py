"""The config format as a JSON Schema, made from the tables of fields that the decoders read."""

from typing import Any

from taskrunner.config.decode import Field, Table
from taskrunner.config.root import ROOT_TABLE, TABLES

__all__ = ["generate"]


def generate() -> dict[str, Any]:
    """Return a JSON Schema, draft 2020-12, for config files.

    It accepts every file that loads, and rejects most that do not: rules between names, and those on
    the inside of commands and expressions, are beyond it.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "taskrunner config",
        **_object(ROOT_TABLE),
        "$defs": {table.name: _object(table) for table in TABLES if table is not ROOT_TABLE},
    }


def _object(table: Table) -> dict[str, Any]:
    required = [field.name for field in table.fields.values() if field.required]
    found: dict[str, Any] = {
        "type": "object",
        "description": table.description,
        "properties": {field.name: _property(field) for field in table.fields.values()},
        "additionalProperties": False,
        **table.rules,
    }
    if required:
        found["required"] = required
    return found


def _property(field: Field) -> dict[str, Any]:
    schema = dict(field.decoder.schema)
    if field.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {"description": field.description, **schema}
