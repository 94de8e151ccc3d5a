"""A folder that keeps each finished replication, so that an interrupted experiment resumes to the same bytes."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from bpsim.errors import RunError
from bpsim.experiment.design import Design
from bpsim.experiment.results import FORMAT, write_whole

_MANIFEST = "study.json"
_NAME = re.compile(r"(?P<scenario>.+)-(?P<replication>\d{5,})\.(?P<kind>pilot|run)\.json")

Payload = dict[str, Any]


class Key(NamedTuple):
    """Which replication an entry is about; `kind` is `pilot` (for the warm-up) or `run`."""

    kind: str
    scenario: str
    replication: int

    def file_name(self) -> str:
        """Give the name of the entry's file."""
        return f"{quote(self.scenario, safe='')}-{self.replication:05d}.{self.kind}.json"

    def __str__(self) -> str:
        """Name it for a reader."""
        return f"{self.scenario}, replication {self.replication}"


class Journal:
    """The journal of one study: an entry is a line that says what it is, with a checksum, and a line of content."""

    def __init__(self, folder: Path, design: Design) -> None:
        """Open or begin a journal; RunError when it belongs to another study."""
        self._folder = folder
        self._study = design.identity
        self._names = {quote(arm.name, safe=""): arm.name for arm in design.arms}
        self.notes: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        manifest = folder / _MANIFEST
        if manifest.exists():
            _check(manifest, design)
        else:
            content = {"format": FORMAT, "study": design.study}
            write_whole(manifest, json.dumps(content, ensure_ascii=False, indent=1).encode())

    def read(self) -> dict[Key, Payload]:
        """Give every whole entry; what is damaged or of another study is noted, and will be run again."""
        found = {}
        for left in self._folder.glob("*.partial"):
            left.unlink()
        for path in sorted(self._folder.glob("*.json")):
            match = _NAME.fullmatch(path.name)
            if match is None:
                continue
            name = self._names.get(match["scenario"])
            if name is None:
                self.notes.append(f"{path.name} belongs to no scenario of this study; it is left alone")
                continue
            key = Key(match["kind"], name, int(match["replication"]))
            try:
                found[key] = self._entry(path, key)
            except (OSError, ValueError, KeyError, TypeError):
                self.notes.append(f"{key} is damaged; it will be run again")
            except LookupError as reason:
                self.notes.append(f"{key} {reason}; it will be run again")
        return found

    def write(self, key: Key, payload: Payload) -> None:
        """Add a finished replication: it is there whole or not at all."""
        content = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        head = {"format": FORMAT, "study": self._study, "sha256": hashlib.sha256(content).hexdigest()}
        first = json.dumps(head | key._asdict(), ensure_ascii=False).encode()
        write_whole(self._folder / key.file_name(), b"%s\n%s\n" % (first, content))

    def _entry(self, path: Path, key: Key) -> Payload:
        first, content, rest = path.read_bytes().split(b"\n")
        head = json.loads(first)
        if rest or hashlib.sha256(content).hexdigest() != head["sha256"]:
            raise ValueError(path)
        if (head["format"], head["study"]) != (FORMAT, self._study) or any(
            head[name] != value for name, value in key._asdict().items()
        ):
            raise LookupError("is of another study")
        payload: Payload = json.loads(content)
        return payload


def _check(manifest: Path, design: Design) -> None:
    try:
        content = json.loads(manifest.read_bytes())
        known = content["study"] if content["format"] == FORMAT else {}
    except (ValueError, KeyError, TypeError):
        known = {}
    if known == design.study:
        return
    differs = [name for name, value in design.study.items() if known.get(name) != value]
    what = f"the journal in {manifest.parent} belongs to another study: {', '.join(differs)} differ"
    raise RunError("BP722", what, "Choose another folder, or remove this one.")
