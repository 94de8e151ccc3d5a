"""Mutants of valid files: what a hasty hand does to a document, drawn from a number so that each can be made again."""

import copy
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

#: Numbers that no office has, written as somebody might.
EXTREMES = (
    *("0", "-1", "0.1", "1.5", "2", "1000000", "1e30", "1e308", "1e-308", "5e-324", "99999999999999999999"),
    *(".nan", ".inf", "-.inf", "null", "true", "''", "'10%'", "'-5%'", "'1e9%'"),
)
#: Amounts to put before a unit.
AMOUNTS = ("0", "1", "0.001", "1000000", "1e12", "1e300", "-1", "nan", "inf", "1,5")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LETTERS = "abcdefghijklmnopqrstuvwxyz_0:,[]{}%\"'#&*!|>-? \té"

Place = tuple[Any, Any]


def mutant(text: str, seed: int) -> str:
    """Give a document with one to three slips in it; the same text and seed give the same mutant."""
    luck = random.Random(seed)  # noqa: S311 - slips, no secrets
    if luck.random() < 0.25:  # a slip of the pen in the text
        return _slipped(text, luck)
    document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only
    document = copy.deepcopy(document)  # an alias is written out
    for _ in range(luck.choice((1, 1, 1, 2, 3))):
        luck.choice(_MUTATIONS)(document, luck)
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=200)


class _Dumper(yaml.SafeDumper):
    """Writes texts as they stood, without quotes where YAML allows it: numbers stay numbers."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the dumper asks about each value
        """Write everything out."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = re.fullmatch(r"[\w.][\w.%+-]*", value, re.ASCII) is not None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


class _Bare(str):
    """A text that is written without quotes, whatever it looks like."""

    __slots__ = ()


def _bare(dumper: yaml.SafeDumper, value: _Bare) -> yaml.ScalarNode:
    tag = dumper.resolve(yaml.ScalarNode, str(value), (True, False))  # type: ignore[no-untyped-call]
    return yaml.ScalarNode(tag, str(value))


def _word(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    is_number = _NUMBER.fullmatch(value) is not None
    return _bare(dumper, _Bare(value)) if is_number or value in {"true", "false", "null"} else _text(dumper, value)


_Dumper.add_representer(str, _word)
_Dumper.add_representer(_Bare, _bare)


def _places(value: object) -> Iterator[Place]:
    """Give every place of a document that holds something: the container and the key or position."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(entries):
        yield value, key
        yield from _places(inner)


def _any(document: object, luck: random.Random, wanted: Callable[[Any], bool] = lambda _: True) -> Place | None:
    places = [(holder, key) for holder, key in _places(document) if wanted(holder[key])]
    return luck.choice(places) if places else None


def _delete(document: object, luck: random.Random) -> None:
    place = _any(document, luck)
    if place:
        del place[0][place[1]]


def _duplicate(document: object, luck: random.Random) -> None:
    place = _any(document, luck)
    if place is None:
        return
    holder, key = place
    if isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[f"{key}_{luck.choice(('too', '2'))}"] = copy.deepcopy(holder[key])


def _swap(document: object, luck: random.Random) -> None:
    one, other = _any(document, luck), _any(document, luck)
    if one and other:
        value = copy.deepcopy(one[0][one[1]])
        one[0][one[1]] = copy.deepcopy(other[0][other[1]])
        other[0][other[1]] = value


def _swap_names(document: object, luck: random.Random) -> None:
    """Write one name where another one stands: flows lead elsewhere, work goes to others."""
    one, other = (
        _any(document, luck, lambda value: isinstance(value, str) and not _NUMBER.search(value)) for _ in "ab"
    )
    if one and other:
        one[0][one[1]] = other[0][other[1]]


def _misspell(document: object, luck: random.Random) -> None:
    place = _any(document, luck)
    if place is None:
        return
    holder, key = place
    if isinstance(holder, dict) and luck.random() < 0.5:
        renamed = {_typo(str(old), luck) if old == key else old: value for old, value in holder.items()}
        holder.clear()
        holder.update(renamed)
    elif isinstance(holder[key], str):
        holder[key] = _typo(holder[key], luck)


def _typo(word: str, luck: random.Random) -> str:
    if len(word) < 2:
        return word + luck.choice(_LETTERS)
    at = luck.randrange(len(word) - 1)
    ways = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + luck.choice(_LETTERS) + word[at + 1 :],
    )
    return luck.choice(ways)


def _extreme(document: object, luck: random.Random) -> None:
    place = _any(document, luck, lambda value: isinstance(value, str) and _NUMBER.search(value) is not None)
    if place is None:
        return
    holder, key = place
    numbers = list(_NUMBER.finditer(holder[key]))
    if len(numbers) == 1 and numbers[0][0] == holder[key]:
        holder[key] = _Bare(luck.choice(EXTREMES))
        return
    found = luck.choice(numbers)
    holder[key] = holder[key][: found.start()] + luck.choice(AMOUNTS) + holder[key][found.end() :]


_MUTATIONS = (_delete, _duplicate, _swap, _swap_names, _misspell, _extreme, _extreme)


def _slipped(text: str, luck: random.Random) -> str:
    """Delete, repeat or change a few letters or a line of the text itself."""
    lines = text.split("\n")
    at = luck.randrange(len(lines))
    way = luck.randrange(5)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(at, lines[at])
    elif way == 2:
        lines[at] = lines[at][1:] if luck.random() < 0.5 else " " + lines[at]
    else:
        lines[at] = _typo(lines[at], luck)
    return "\n".join(lines)
