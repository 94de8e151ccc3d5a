"""How wide a text is drawn, and how it is broken into lines, without asking a font."""

#: The size of the usual text on a map.
FONT = 12
#: Widths of characters in classes that hold for the usual sans-serif faces, as shares of the size.
NARROW, WIDE, IDEOGRAPHS = "iljftrI.,:;'|!()[] ", "mwMW@%", "\u2e80"


def text_width(text: str, size: float = FONT) -> float:
    """Estimate how wide a text is drawn."""
    units = sum(
        0.3 if c in NARROW else 0.86 if c in WIDE else 0.66 if c.isupper() else 1.0 if c >= IDEOGRAPHS else 0.56
        for c in text
    )
    return units * size


def wrapped(text: str, width: float, most: int = 3, size: float = FONT) -> tuple[str, ...]:
    """Break a text into at most so many lines; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    cut = len(lines) > most
    return tuple(_shortened(line, width, size, force=cut and i == most - 1) for i, line in enumerate(lines[:most]))


def _shortened(line: str, width: float, size: float, *, force: bool) -> str:
    """Cut a line that is too wide (or has more behind it) and end it in an ellipsis."""
    if text_width(line, size) <= width and not force:
        return line
    while len(line) > 1 and text_width(f"{line}…", size) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"
