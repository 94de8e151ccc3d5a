"""The shipped library: processes, scenarios and schemas, and the starter folder that `bpsim new` makes of it."""

import re
from pathlib import Path

#: The files of a starter folder and what they are made of.
STARTER = {
    "process.yaml": "processes/starter.yaml",
    "scenarios/as-is.yaml": "scenarios/starter/as-is.yaml",
    "scenarios/sign-daily.yaml": "scenarios/starter/sign-daily.yaml",
    "schemas/process.json": "schemas/process.json",
    "schemas/scenario.json": "schemas/scenario.json",
    "schemas/shared.json": "schemas/shared.json",
}


def library() -> Path:
    """Find the folder with processes, scenarios and schemas: in the package, or beside it in a working copy."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "library"
    return inside if inside.is_dir() else package.parent


def starter(name: str) -> dict[str, str]:
    """Give the files of a starter folder, by their paths in it; the process is called after the folder."""
    root = library()
    files = {target: (root / source).read_text(encoding="utf-8") for target, source in STARTER.items()}
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    for target, text in files.items():
        moved = re.sub(r"\$schema=(\.\./)", "$schema=", text).replace("../../processes/starter.yaml", "../process.yaml")
        files[target] = moved.replace("process: starter", f"process: {slug}") if slug[:1].isalpha() else moved
    return files
