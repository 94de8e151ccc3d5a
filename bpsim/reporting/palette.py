"""Colours: the same department has the same one in every picture, and one hue tells how much."""

from collections.abc import Iterable

from bpsim.model.process import Process

#: Okabe and Ito's colours, told apart by colour-blind readers too; departments take them in the order of the file.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8A7A00", "#7F3C8D", "#117A65", "#555555")
#: Those who are no department.
OUTSIDE = {"client": "#777777", "external": "#9A8C7B", "timer": "#CDBFAE", "system": "#B0B0B0"}
#: Handoffs, other flows, ink, and the hue of intensity.
HANDOFF, PLAIN, INK, INTENSE = "#B3261E", "#555555", "#333333", "#5E3C99"
#: What a redesign has done to something.
STATES = {"added": "#00795A", "removed": "#B34700", "moved": "#8E4585", "changed": "#005B8F"}


def department_colours(process: Process | None, names: Iterable[str] = ()) -> dict[str, str]:
    """Give a colour to every department of a process, in the order of the file, then to further names.

    Client, third parties, timers and systems have greys of their own, also by the names of their lanes.
    """
    known = list(dict.fromkeys([*(process.departments if process else ()), *names]))
    found = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(n for n in known if n not in OUTSIDE)}
    return found | OUTSIDE | {f"({name})": colour for name, colour in OUTSIDE.items()}


def mixed(colour: str, share: float, ground: str = "#ffffff") -> str:
    """Mix a colour into a ground: 0 gives the ground, 1 the colour."""
    pairs = ((int(ground[i : i + 2], 16), int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(low + share * (high - low)):02x}" for low, high in pairs)
