"""Plain data to YAML that reads back to the same data by the rules of `reading.source`."""

from typing import Any

from bpsim.reading.compose import scalar_value


def to_yaml(data: dict[str, Any]) -> str:
    """Write plain data (mappings, lists, texts, numbers, truth values) as YAML; what is None is left out."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Quotes every text that would not read back as text."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - as the library calls it
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
            super().increase_indent(flow, False)  # noqa: FBT003 - lists stand inside their key

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if _reads_as_text(value) else '"')

    Dumper.add_representer(str, text)
    written: str = yaml.dump(
        _without_none(data), Dumper=Dumper, allow_unicode=True, sort_keys=False, default_flow_style=False, width=10_000
    )
    return written


def _reads_as_text(value: str) -> bool:
    try:
        return isinstance(scalar_value(value), str)
    except OverflowError:
        return False


def _without_none(data: Any) -> Any:  # noqa: ANN401 - data of any shape
    if isinstance(data, dict):
        return {key: _without_none(value) for key, value in data.items() if value is not None}
    return [_without_none(entry) for entry in data] if isinstance(data, list | tuple) else data
