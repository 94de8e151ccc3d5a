"""Plain data to YAML that reads back to the same data by the rules of `reading.source`."""

from collections.abc import Iterator, Mapping
from typing import Any

from bpsim.model.process import Process
from bpsim.reading.compose import scalar_value
from bpsim.redesign.scenario import Scenario


def written_form(process: Process) -> dict[str, Any]:
    """Give a resolved process as people write it: every default told, flows in short, evidence for what is there."""
    plain = process.as_written()
    plain["flow"] = {name: dict(_node(node)) for name, node in plain["flow"].items()}
    for department in plain["departments"].values():
        department["roles"] = {name: _role(role) for name, role in department["roles"].items()}
    plain["evidence"] = {path: said for path, said in plain["evidence"].items() if _is_there(plain, path)}
    return plain


def process_yaml(process: Process) -> str:
    """Write a process as a file that reads back to the same process."""
    return to_yaml(written_form(process))


def scenario_yaml(scenario: Scenario, base: str = "") -> str:
    """Write a scenario as a file over its process, which stands in the file `base` (PROCESS.yaml if left out).

    It reads back to the same scenario, the names of those that it builds on included; all changes stand in it.
    """
    plain = scenario.written()
    first = {"scenario": plain.pop("scenario"), "base": base or f"{scenario.process.process}.yaml"}
    return to_yaml(first | {key: value for key, value in plain.items() if key != "base"})


def _role(role: Mapping[str, Any]) -> dict[str, Any]:
    """Write groups of people as the list that `staff` may be, where they are all there are."""
    groups = role["groups"]
    written = {key: value for key, value in role.items() if key != "groups" or groups}
    if groups and not role["people"] and sum(group["count"] for group in groups) == role["staff"]:
        written["staff"] = written.pop("groups")
    return written


def _node(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if key == "next" and (len({branch["to"] for branch in value}) < len(value) or any(b["was"] for b in value)):
            yield from (("next", value), ("ordered", node["ordered"]))
        elif key == "next" and value:
            yield key, _list(value) if node["ordered"] else _mapping(value)
        elif key == "performer" and node["together"]:
            yield key, {"all": value}
        elif key not in {"next", "ordered", "together"}:
            yield key, value


def _mapping(branches: list[dict[str, str]]) -> Any:  # noqa: ANN401 - a name or a mapping
    if branches[0]["kind"] == "always":
        return branches[0]["to"]
    return {branch["to"]: _rule(branch) for branch in branches}


def _list(branches: list[dict[str, str]]) -> list[Any]:
    """Write a list of flows; an `else` stands beside the key that the others have."""
    key = "p" if any(branch["kind"] == "share" for branch in branches) else "when"
    keys = {"share": "p", "when": "when"}
    return [
        branch["to"]
        if branch["kind"] == "always"
        else {"to": branch["to"], keys.get(branch["kind"], key): _rule(branch)}
        for branch in branches
    ]


def _rule(branch: dict[str, str]) -> Any:  # noqa: ANN401 - text or a number
    text = {"share": branch["share"], "when": branch["when"]}.get(branch["kind"], "else")
    try:
        return float(text)
    except ValueError:
        return text


def _is_there(data: Any, path: str) -> bool:  # noqa: ANN401 - data of any shape
    """Tell whether something stands at a dotted path; keys may have dots themselves."""
    if not path:
        return data is not None
    if not isinstance(data, dict):
        return False
    return any(
        _is_there(value, path[len(key) + 1 :])
        for key, value in data.items()
        if path == key or path.startswith(f"{key}.")
    )


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
