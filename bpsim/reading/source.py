"""YAML that remembers its lines: a file becomes plain data, and every value and key knows where it was written.

Scalars are read by the YAML 1.2 core rules: `10:30`, `no`, `1_000` and dates are text, `010` is ten. Keys are
always text.
"""

import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias

from bpsim.errors import CODES, ModelError, Problem
from bpsim.reading.compose import Composer, Node, dotted

Path: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 2_000_000

_FOLD = r"[ \t]*(?:\n[ \t]*)+"
_LETTERS = {
    "'": re.compile(_FOLD + "|''|.", re.DOTALL),
    '"': re.compile(_FOLD + r"|\\(?:x..|u.{4}|U.{8}|.)|.", re.DOTALL),
    "": re.compile(_FOLD + "|.", re.DOTALL),
}


@dataclass(frozen=True)
class Source:
    """A YAML file as plain data that knows where each value was written.

    `data` holds dict, list, str, int, float, bool and None. Paths are tuples of keys and list positions:
    `("flow", "review", "next", 0)`. A value written as `{value: ..., evidence: ...}` may be addressed as if only
    the inner value stood there; `(*path, "evidence")` addresses its evidence wherever that stands.
    """

    file: str
    text: str
    data: dict[str, Any]
    _root: Node = field(repr=False)

    def place(self, path: Path, *, key: bool = False, offset: int = 0) -> tuple[int, int]:
        """Line and column, from 1, of the value at `path`, of its key, or of the `offset`-th character of its text.

        Where the path does not exist, the place of the nearest key or list item above that does; (1, 1) without any.
        """
        steps = list(self._walk(path))
        at, node = steps[-1]
        if key or len(steps) <= len(path) or node.start == node.end:
            return self._line_and_column(at)
        return self._line_and_column(_letter(self.text, node, offset) if offset else node.start)

    def raw(self, path: Path) -> str:
        """What is written at `path`, quotes and all; empty where nothing is."""
        steps = list(self._walk(path))
        return self.text[steps[-1][1].start : steps[-1][1].end] if len(steps) > len(path) else ""

    def has(self, path: Path) -> bool:
        """Whether something is written at `path`, were it only a key without a value."""
        return len(list(self._walk(path))) > len(path)

    def _walk(self, path: Path) -> Iterator[tuple[int, Node]]:
        """Follow a path as far as it goes: for the root and each step where its key begins, and the value."""
        node = _bare(self._root)
        yield node.start, node
        written = self._root
        for position, step in enumerate(path):
            found = _child(written, step) if step == "evidence" else _child(node, step) or _child(written, step)
            if found is None and step == "evidence":
                table = _child(self._root, step)
                found = _child(table[1], dotted(path[:position])) if table else None
            if found is None:
                return
            written = found[1]
            node = _bare(written)
            yield found[0], node

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def _line_and_column(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, at)
        return line, at - self._line_starts[line - 1] + 1


def read_source(path: str | os.PathLike[str], *, problems: list[Problem] | None = None) -> Source:
    """Read a YAML file; see `parse_source`. A file that cannot be read is a ModelError with a code from BP801 on."""
    file = os.fsdecode(path)
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - an unusual name must not fail before it is opened
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ModelError([_unreadable(file, error)]) from None
    if len(content) > MAX_BYTES:
        what = f"the file is larger than {MAX_BYTES // 1_000_000} MB"
        raise ModelError([_problem(file, (1, 1), "BP003", what, "A process is text of a few kilobytes.")])
    return parse_source(_decoded(content, file), file, problems=problems)


def parse_source(text: str, file: str, *, problems: list[Problem] | None = None) -> Source:
    """Read YAML text; `file` is the name that problems show.

    Raises ModelError with all problems found, in the order of their places. When a list `problems` is given,
    those that leave the rest readable (a key written twice, a missing pair of quotes) are added to it instead, so that
    the caller can go on.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    composer = Composer(text, file)
    root = composer.compose()
    composer.problems.sort()
    if root is None or (composer.problems and problems is None):
        raise ModelError(composer.problems)
    if problems is not None:
        problems.extend(composer.problems)
    return Source(file, text, _plain(root), root)


def lift_evidence(source: Source, *, problems: list[Problem] | None = None) -> tuple[dict[str, Any], dict[Path, Any]]:
    """Separate the numbers from where they come from: the data without evidence, and the evidence by path.

    A mapping with exactly the keys `value` and `evidence` becomes its value; one with `value`, `evidence` and others
    only loses its evidence; the top-level table `evidence: {flow.review.duration: {...}}` says the same from outside.
    Paths are those of the data returned. Problems (a table's path that leads nowhere, evidence given twice) are
    treated as in `parse_source`.
    """
    evidence: dict[Path, Any] = {}
    table = source.data.get("evidence")
    data = _lifted({k: v for k, v in source.data.items() if k != "evidence"}, (), evidence)
    found = []
    if isinstance(table, dict):
        for name, said in table.items():
            path = _resolve(data, name)
            place = source.place(("evidence", name), key=True)
            shown = f"evidence.{name}"
            if path is None:
                found.append(_problem(source.file, place, "BP029", "nothing is written at this path", path=shown))
            elif path in evidence:
                line = source.place((*path, "evidence"), key=True)[0]
                hint = f"It has its own on line {line}: keep one of the two."
                found.append(_problem(source.file, place, "BP030", "evidence given twice", hint, path=shown))
            else:
                evidence[path] = said
    elif "evidence" in source.data:
        data["evidence"] = table
    if found and problems is None:
        raise ModelError(found)
    if problems is not None:
        problems.extend(found)
    return data, evidence


def _problem(file: str, place: tuple[int, int], code: str, what: str, hint: str = "", *, path: str = "") -> Problem:
    return Problem(file, *place, code, CODES[code][0], path, what, hint)


def _unreadable(file: str, error: Exception) -> Problem:
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return _problem(file, (0, 0), "BP801", "there is no such file")
    if isinstance(error, IsADirectoryError):
        return _problem(file, (0, 0), "BP802", "this is a folder", "Name the YAML file in it.")
    if isinstance(error, PermissionError):
        return _problem(file, (0, 0), "BP803", "no permission to read this file")
    reason = getattr(error, "strerror", None) or str(error)
    return _problem(file, (0, 0), "BP804", f"this file cannot be read ({reason})")


def _decoded(content: bytes, file: str) -> str:
    """Read UTF-8; anything else is a problem that names what it seems to be."""
    encoding = ""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        encoding = "UTF-32" if b"\0\0" in content[:4] else "UTF-16"
        place = (1, 1)
    else:
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            before = re.sub(rb"\r\n?", b"\n", content[: error.start])
            place = (before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode()) + 1)
            odd = [byte for byte in content if byte >= 0x80]  # noqa: PLR2004 - where ASCII ends
            cyrillic = sum(byte >= 0xC0 or byte in b"\xa8\xb8" for byte in odd)  # noqa: PLR2004 - the Russian letters
            neighbours = len(re.findall(rb"[\xa8\xb8\xc0-\xff]{2}", content))
            encoding = "Windows-1251" if 3 * neighbours > cyrillic > 0 else "Windows-1252"
    what = f"the file is not UTF-8 but, it seems, {encoding}"
    raise ModelError([_problem(file, place, "BP002", what, "Save it as UTF-8.")])


def _letter(text: str, node: Node, offset: int) -> int:
    """Where the `offset`-th character of a scalar's value stands in the text, escapes and folded lines counted."""
    if node.style not in _LETTERS or isinstance(node.value, (list, dict)):
        return node.start
    start, end = (node.start + 1, node.end - 1) if node.style else (node.start, node.end)
    letter = next(islice(_LETTERS[node.style].finditer(text, start, end), offset, None), None)
    return letter.start() if letter else end


def _bare(node: Node) -> Node:
    """See through `{value: ..., evidence: ...}`."""
    while isinstance(node.value, dict) and node.value.keys() == {"value", "evidence"}:
        node = node.value["value"][1]
    return node


def _child(node: Node, step: str | int) -> tuple[int, Node] | None:
    """One step down: where the key (or the list item) begins, and the value."""
    if isinstance(node.value, dict) and step in node.value:
        key, value = node.value[step]
        return key.start, value
    if isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
        return node.value[step].start, node.value[step]
    return None


def _plain(node: Node) -> Any:  # noqa: ANN401 - what a file may hold
    """The data of a node; an alias becomes a copy, so that nobody shares what he may change."""
    if isinstance(node.value, dict):
        return {key: _plain(value) for key, (_, value) in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(value) for value in node.value]
    return node.value


def _lifted(value: Any, path: Path, evidence: dict[Path, Any]) -> Any:  # noqa: ANN401 - what a file may hold
    if isinstance(value, list):
        return [_lifted(item, (*path, number), evidence) for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "value" in value and "evidence" in value:
        evidence[path] = value["evidence"]
        if len(value) == 2:  # noqa: PLR2004 - nothing but the value and its evidence
            return _lifted(value["value"], path, evidence)
        value = {key: item for key, item in value.items() if key != "evidence"}
    return {key: _lifted(item, (*path, key), evidence) for key, item in value.items()}


def _resolve(data: Any, name: str) -> Path | None:  # noqa: ANN401 - what a file may hold
    """Find a dotted name in the data, whose keys may have dots themselves."""
    if isinstance(data, list):
        head, _, rest = name.partition(".")
        if not (head.isdecimal() and head.isascii() and int(head[:9]) < len(data)):
            return None
        below: Path | None = () if not rest else _resolve(data[int(head)], rest)
        return None if below is None else (int(head), *below)
    if not isinstance(data, Mapping):
        return None
    for key, value in data.items():
        if name == key:
            return (key,)
        below = _resolve(value, name[len(key) + 1 :]) if name.startswith(f"{key}.") else None
        if below is not None:
            return (key, *below)
    return None
