"""Writes docs/reference-keys.md from the schemas, every key with what it is: `python -m tests.docs.keys`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bpsim.reading.schema import schema_text

PAGE = Path("docs/reference-keys.md")
HEAD = """# Reference: every key

Made from the same models that read the files and complete them in an editor. A key in **bold** must be there. What the
words mean, with examples, stands in [the language](reference-language.md) and in [operators](reference-operators.md).
"""
#: What leads from a definition to those inside it: a reference is `#/definitions/NAME`.
_REFERENCE = "#/definitions/"


def page() -> str:
    """Give the whole page."""
    parts = [HEAD]
    seen: set[str] = set()
    for name, title in (("process", "A process file"), ("scenario", "A scenario file")):
        schema = json.loads(schema_text(name))
        parts += _section(title, schema, "##")
        for inner in _inside(schema):
            if inner not in seen:
                seen.add(inner)
                parts += _section(_title(inner), schema["definitions"][inner], "###")
    return "\n".join(parts)


def _section(title: str, schema: dict[str, Any], heading: str) -> Iterator[str]:
    """Give a definition: what it is for, and its keys."""
    short = "properties" not in schema
    schema = _long_form(schema)
    yield f"{heading} {title}\n"
    yield f"{_text(schema)}{' One value may stand for all of it.' if short else ''}\n"
    yield "| key | what it is | more |\n|---|---|---|"
    yield from _rows(schema, "")
    yield ""


def _rows(schema: dict[str, Any], before: str) -> Iterator[str]:
    """Give a line for each key; the parameters of an operator follow it as `operator.parameter`."""
    for key, value in schema["properties"].items():
        shown = f"**`{before}{key}`**" if key in schema.get("required", []) else f"`{before}{key}`"
        if "properties" in value:
            yield f"| {shown} | Its parameters: |  |"
            yield from _rows(value, f"{key}.")
        else:
            links = [f"[{_title(inner)}](#{_anchor(inner)})" for inner in _references(value) if inner != "Evidence"]
            yield f"| {shown} | {_text(value)} | {', '.join(links)} |"


def _long_form(schema: dict[str, Any]) -> dict[str, Any]:
    """Give the mapping among the ways in which something can be written; a schema with keys is its own."""
    while "properties" not in schema:
        schema = next(way for way in schema["anyOf"] if "anyOf" in way or "description" in way)
    return schema


def _inside(schema: dict[str, Any]) -> list[str]:
    """Name the definitions in the order in which a reader meets them."""
    found: list[str] = []
    waiting = list(_references({"properties": schema["properties"]}))
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting += _references(schema["definitions"][name])
    return found


def _references(value: object) -> list[str]:
    """Name the definitions that a part of a schema refers to, each once."""
    found: dict[str, None] = {}
    if isinstance(value, dict):
        for key, inner in value.items():
            names = [str(inner).removeprefix(_REFERENCE)] if key == "$ref" else _references(inner)
            found.update(dict.fromkeys(names))
    elif isinstance(value, list):
        for inner in value:
            found.update(dict.fromkeys(_references(inner)))
    return list(found)


def _text(schema: dict[str, Any]) -> str:
    """Say what a part of a schema is for, with what it may be where that is a short list."""
    said = str(schema.get("description", "")).replace("|", "\\|")
    said = " ".join(said.split())
    words = schema.get("enum", [schema["const"]] if "const" in schema else [])
    listed = " One of " + ", ".join(f"`{word}`" for word in words) + "." if words else ""
    default = f" Default: `{json.dumps(schema['default'])}`." if "default" in schema else ""
    return f"{said}{listed}{default}".strip()


def _title(name: str) -> str:
    """Write `OtherDuties` as `other duties`, and `change_merge` as `change merge`."""
    name = name.replace("change_", "change ")
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _anchor(name: str) -> str:
    """Give the anchor of a heading, as Markdown renders it."""
    return _title(name).replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
