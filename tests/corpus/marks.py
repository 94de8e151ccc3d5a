"""The first comment lines of an invalid file: what is expected of it, and how its valid twin differs."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent
_TWIN = re.compile(r"# twin: (\d+): (\".*\"|null)")


@dataclass(frozen=True)
class Marked:
    """An invalid file with its marks."""

    path: Path
    expected: tuple[str, ...]
    changes: tuple[tuple[int, str | None], ...]

    @property
    def twin(self) -> str:
        """The text of the valid twin."""
        lines: list[str | None] = list(self.path.read_text(encoding="utf-8").split("\n"))
        for number, line in self.changes:
            lines[number - 1] = line
        return "\n".join(line for line in lines if line is not None)


def read_marks(path: Path) -> Marked:
    """Read the marks of an invalid file."""
    expected, changes = [], []
    for line in path.read_text(encoding="utf-8").split("\n"):
        twin = _TWIN.fullmatch(line.strip())
        if line.startswith("# expect: "):
            expected.append(line.removeprefix("# expect: "))
        elif twin:
            changes.append((int(twin[1]), json.loads(twin[2])))
        elif not line.startswith("#"):
            break
    return Marked(path, tuple(expected), tuple(changes))
