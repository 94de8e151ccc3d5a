"""Write the `expect` lines of invalid files: `python tests/corpus/mark.py FILE...`; then read and judge them."""

import re
import sys
from pathlib import Path

from bpsim.reading.load import check_file


def found(path: Path) -> list[str]:
    """Give the diagnostics of a file as its marks show them."""
    return [str(problem).removeprefix(f"{problem.file}:") for problem in check_file(path)]


def mark(path: Path) -> None:
    """Replace the `expect` lines of a file by what is reported now; line numbers move along."""
    lines = path.read_text(encoding="utf-8").split("\n")
    rest = [line for line in lines if not line.startswith("# expect: ")]
    path.write_text("\n".join(rest), encoding="utf-8")
    count = len(found(path))
    moved = count - (len(lines) - len(rest))
    rest = [
        re.sub(r"^(# twin: )(\d+)", lambda twin: f"{twin[1]}{int(twin[2]) + moved}", line)
        if line.startswith("# twin: ")
        else line
        for line in rest
    ]
    path.write_text("\n".join(["# expect: "] * count + rest), encoding="utf-8")
    path.write_text("\n".join([f"# expect: {line}" for line in found(path)] + rest), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        mark(Path(name))
        print(Path(name).read_text(encoding="utf-8"))  # noqa: T201 - a script prints
