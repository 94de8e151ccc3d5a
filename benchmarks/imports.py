"""How long `import bpsim` and `bpsim --version` take: the median processor time of five new Pythons each."""

import os
import subprocess
import sys
from statistics import median

#: What is timed, and the seconds of processor time that are wanted.
PROGRAMS = {
    "import bpsim": (("-c", "import bpsim"), 0.5),
    "bpsim --version": (("-m", "bpsim.cli", "--version"), 0.3),
}
TIMES = 5


def seconds(arguments: tuple[str, ...]) -> float:
    """Run a new Python and give the processor time that it and the system spent."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own programs
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    for name, (arguments, wanted) in PROGRAMS.items():
        print(f"{name}: {median(seconds(arguments) for _ in range(TIMES)):.2f} s (wanted {wanted} s)")
