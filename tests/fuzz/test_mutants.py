"""Whatever is done to a valid file: a placed diagnostic, or a run that keeps every law; never anything else.

python -m tests.fuzz.test_mutants 20000 [FIRST]      (so many mutants by hand; prints each fault and a count)
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.fuzz.mutants import mutant

ROOT = Path(__file__).parent.parent.parent
#: Everything that is valid; copied, so that a mutant finds the files that it names.
FOLDERS = ("processes", "scenarios", "tests/corpus/valid", "tests/corpus/parts")
SAMPLE = 300


def documents(root: Path) -> list[Path]:
    """List the valid documents."""
    return sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.yaml"))


def tried(numbers: Iterable[int], place: Path) -> Iterator[tuple[int, str, str, str, str]]:
    """Try mutants by their numbers; give number, document, text, verdict and what was found."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, place / folder)
    originals = documents(place)
    command = [sys.executable, "-m", "tests.fuzz.sandbox"]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # threads would reserve address space
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, cwd=ROOT, env=alone, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sandbox:
        assert sandbox.stdin
        assert sandbox.stdout
        for number in numbers:
            original = originals[number % len(originals)]
            text = mutant(original.read_text(encoding="utf-8"), number)
            sandbox.stdin.write(json.dumps([str(original.with_name("mutant.yaml")), text]) + "\n")
            sandbox.stdin.flush()
            verdict, found = json.loads(sandbox.stdout.readline())
            yield number, original.name, text, verdict, found
        sandbox.stdin.close()


@pytest.mark.untraced
def test_mutants(tmp_path: Path) -> None:
    """300 mutants: each is refused with a placed diagnostic, stopped by a limit, or runs and keeps every law."""
    results = list(tried(range(SAMPLE), tmp_path))
    assert [(number, name, found) for number, name, _, verdict, found in results if verdict != "ok"] == []
    kinds = Counter(found.partition(":")[0] for *_, found in results)
    assert min(kinds["refused"], kinds["ran"]) >= SAMPLE // 10, kinds


def main() -> None:
    """Try many, and print the faults."""
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    kinds: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        for number, name, _, verdict, found in tried(range(first, first + count), Path(place)):
            kinds[found.partition(":")[0] if verdict == "ok" else "FAULT"] += 1
            if verdict != "ok":
                sys.stdout.write(f"{number} {name}: {found}\n")
    sys.stdout.write(f"{dict(kinds)}\n")


if __name__ == "__main__":
    main()
