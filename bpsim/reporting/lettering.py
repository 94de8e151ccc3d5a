"""How wide a text is drawn, how it is broken into lines without asking a font, and what is drawn at all."""

import unicodedata

#: The size of the usual text on a map, and of what is written on flows, with the room for that.
FONT = 12
LABEL_FONT, LABEL_WIDTH = 10.5, 110
#: Widths of characters in classes that hold for the usual sans-serif faces, as shares of the size.
NARROW, WIDE, IDEOGRAPHS = "iljftrI.,:;'|!()[] ", "mwMW@%жшщюмЖШЩЮМ", "\u2e80"
#: Categories of characters that are not drawn: controls, marks of direction, what is not assigned.
UNDRAWN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean(text: str) -> str:
    """Leave out what cannot be drawn: controls, and marks that would turn the direction of what stands around them."""
    return "".join(" " if c in "\t\n\r" else c for c in text if c in "\t\n\r" or unicodedata.category(c) not in UNDRAWN)


def text_width(text: str, size: float = FONT) -> float:
    """Estimate how wide a text is drawn."""
    units = sum(
        0.3 if c in NARROW else 0.86 if c in WIDE else 0.66 if c.isupper() else 1.0 if c >= IDEOGRAPHS else 0.56
        for c in text
        if not unicodedata.combining(c)
    )
    return units * size


def wrapped(text: str, width: float, most: int = 3, size: float = FONT) -> tuple[str, ...]:
    """Break a text into at most so many lines; what does not fit ends in an ellipsis.

    A word that is wider than a line is broken where a line is full, if there is a line for the rest of it.
    """
    lines: list[str] = []
    words = clean(text).split()
    while words:
        word = words.pop(0)
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        elif text_width(word, size) > width and len(lines) < most - 1:
            part = _head(word, width, size)
            lines.append(part if part[-1] in "-_/." else f"{part}-")
            words.insert(0, word[len(part) :])
        else:
            lines.append(word)
    cut = len(lines) > most
    return tuple(_shortened(line, width, size, force=cut and i == most - 1) for i, line in enumerate(lines[:most]))


def fitted(text: str, width: float, sizes: tuple[tuple[int, float], ...]) -> tuple[tuple[str, ...], float]:
    """Break a text in the first of some sizes, each with its number of lines, that all of it fits; else the last."""
    for most, size in sizes:
        lines = wrapped(text, width, most, size)
        if not any(line.endswith("…") for line in lines):
            break
    return lines, size


def _head(word: str, width: float, size: float) -> str:
    """Give the beginning of a word that fills a line with a hyphen behind it."""
    end = len(word)
    while end > 1 and text_width(f"{word[:end]}-", size) > width:
        end -= 1
    return word[:end]


def _shortened(line: str, width: float, size: float, *, force: bool) -> str:
    """Cut a line that is too wide (or has more behind it) and end it in an ellipsis."""
    if text_width(line, size) <= width and not force:
        return line
    while len(line) > 1 and text_width(f"{line}…", size) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"
