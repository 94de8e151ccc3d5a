"""Checks of choices: shares that must make 1, conditions that must hold one at a time, categories and channels."""

import math
from collections.abc import Iterator, Mapping

from bpsim.errors import Mistake
from bpsim.model import demand, flow
from bpsim.model.attributes import categories, domains, types, values
from bpsim.model.client import ShareBy
from bpsim.model.findings import Check, Finding, Path, listed, of_mistake, way
from bpsim.model.process import Process
from bpsim.values.conditions import Expression, always_true, gap, never_true, overlap
from bpsim.values.distributions import parse_probability

#: Sums of shares may be off by this much.
TOLERANCE = demand.SHARE_TOLERANCE


def _choices(process: Process) -> Iterator[tuple[str, tuple[flow.Branch, ...]]]:
    """Give the exclusive gateways with several flows out, or with a rule at the only one; the inclusive ones too."""
    for name, node in process.flow.items():
        some = isinstance(node, flow.Inclusive) and len(node.next) > 1
        if some or (
            isinstance(node, flow.Exclusive) and (len(node.next) > 1 or any(b.kind != "always" for b in node.next))
        ):
            yield name, node.next


def one_kind(process: Process) -> Iterator[Finding]:
    """The flows of a choice have shares or conditions, not both; one `else` at most; none goes without."""
    for name, branches in _choices(process):
        kinds = {branch.kind for branch in branches}
        some = isinstance(process.flow[name], flow.Inclusive)
        if {"share", "when"} <= kinds and not some:
            what = f"{name} decides by shares and by conditions at once"
            hint = "Use one kind in a gateway; put a second gateway behind it for the other."
            yield Finding("BP335", ("flow", name, "next"), what, hint, key=True)
        bare = [i for i, branch in enumerate(branches) if branch.kind == "always"]
        if bare and len(bare) == len(branches):
            to = listed(dict.fromkeys(branch.to for branch in branches))
            what = f"nothing says which of the flows to {to} is taken"
            hint = "Write next: {NODE: 30%, OTHER: else}, or type: parallel if all are."
            what = f"nothing says when each of the flows to {to} is taken" if some else what
            yield Finding("BP332", ("flow", name, "next"), what, hint, key=True)
        elif bare:
            what = f"the flow to {branches[bare[0]].to} has neither a share nor a condition"
            hint = "Write its share or condition; `else` for the rest."
            yield Finding("BP332", way(process, name, bare[0]), what, hint, key=True)
        others = [i for i, branch in enumerate(branches) if branch.kind == "else"]
        if len(others) > 1:
            yield Finding("BP336", way(process, name, others[1]), f"a second `else` at {name}", "Keep one.")


def shares(process: Process) -> Iterator[Finding]:
    """Shares are probabilities and make 1 together; none is zero."""
    for name, branches in _choices(process):
        places = [i for i, branch in enumerate(branches) if branch.kind == "share"]
        found = [_probability(way(process, name, i), branches[i].share) for i in places]
        yield from (mistake for mistake in found if isinstance(mistake, Finding))
        known = [value for value in found if isinstance(value, float)]
        alone = all(branch.kind in {"share", "else"} for branch in branches)
        alone = alone or isinstance(process.flow[name], flow.Inclusive)
        if places and len(known) == len(places) and alone:
            yield from _together(process, name, dict(zip(places, known, strict=True)))


def _together(process: Process, name: str, values: dict[int, float]) -> Iterator[Finding]:
    """Look at the shares of one gateway, by the numbers of their flows."""
    branches = process.flow[name].next
    some = isinstance(process.flow[name], flow.Inclusive)
    rest = next((i for i, branch in enumerate(branches) if branch.kind == "else"), None)
    total = math.fsum(values.values())
    if not some and (total > 1 + TOLERANCE or (rest is None and total < 1 - TOLERANCE)):
        yield _not_one("BP331", ("flow", name, "next"), f"the shares at {name}", list(values.values()))
        return
    for i, value in values.items():
        if value == 0:
            what = f"the flow from {name} to {branches[i].to} has the share 0: it is never taken"
            yield Finding("BP334", way(process, name, i), what, "Take it out, or give it a share.")
    if rest is not None and total > 1 - TOLERANCE and not some:
        what = f"nothing is left for `else` at {name}: the flow to {branches[rest].to} is never taken"
        yield Finding("BP334", way(process, name, rest), what, "Take it out, or make the other shares smaller.")


def _probability(path: Path, share: Expression) -> float | Finding | None:
    """Give a share that is a plain number, the mistake in it, or None when it depends on the case."""
    value = share.constant()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return parse_probability(share.text if _plain(share.text) else float(value))
    except Mistake as mistake:
        return of_mistake(path, mistake)


def _plain(text: str) -> bool:
    return all(letter in "0123456789.%+- " for letter in text)


def _not_one(code: str, path: Path, subject: str, values: list[float]) -> Finding:
    total = math.fsum(values)
    rest = f"{_percent(1 - total)} is missing" if total < 1 else f"{_percent(total - 1)} is too much"
    hint = f"They must make 100 %: {rest}."
    return Finding(code, path, f"{subject} add up to {_percent(total)}", hint, key=True)


def _percent(share: float) -> str:
    return f"{share * 100:.6g} %"


def totals(process: Process) -> Iterator[Finding]:
    """The shares of channels, and those of the words of an attribute, make 1."""
    by, shares = demand.channel_shares(process.channels)
    choices = {channel.share.by for channel in process.channels.values() if isinstance(channel.share, ShareBy)}
    possible = values(process, by) if by in process.cases.attributes else None
    if possible is not None and set(possible) <= set(shares):
        shares.pop("else", None)
    for value, written in shares.items() if len(choices) <= 1 else ():
        if abs(math.fsum(written.values()) - 1) > TOLERANCE:
            when = f" for {by} = {value}" if value not in ("", "else") else " for other values" if value else ""
            yield _not_one("BP341", ("channels",), f"the shares of the channels{when}", list(written.values()))
    for name, channel in process.channels.items():
        if not isinstance(channel.share, ShareBy):
            yield from _never("channel", ("channels",), {name: channel.share}, "share")
    for name, attribute in process.cases.attributes.items():
        if isinstance(attribute, demand.Categories):
            path = ("cases", "attributes", name)
            if abs(math.fsum(attribute.shares.values()) - 1) > TOLERANCE:
                yield _not_one("BP342", path, f"the shares of {name}", list(attribute.shares.values()))
            yield from _never("word", path, attribute.shares)


def _never(kind: str, path: Path, written: Mapping[str, float], *rest: str) -> Iterator[Finding]:
    for name, share in written.items():
        if share == 0:
            what = f"the {kind} {name} has the share 0: no case has it"
            yield Finding("BP334", (*path, name, *rest), what, "Take it out, or give it a share.")


def conditions(process: Process) -> Iterator[Finding]:
    """The conditions of a choice can hold, hold one at a time, and one of them always holds."""
    kinds, words, domain = types(process), categories(process), domains(process)
    for name, branches in _choices(process):
        written = [(i, branch.when) for i, branch in enumerate(branches) if branch.kind == "when"]
        if not written or any(_wrong(text, kinds, words) for _, text in written):
            continue
        some = isinstance(process.flow[name], flow.Inclusive)
        ordered = process.flow[name].ordered or some
        rest = next((i for i, branch in enumerate(branches) if branch.kind == "else"), None)
        for i, text in written:
            if text.constant() is False or never_true(text, kinds, domain):
                what = f"`{text}` never holds: the flow from {name} to {branches[i].to} is never taken"
                yield Finding("BP248", way(process, name, i), what, "Correct the condition, or take the flow out.")
        if not some:
            yield from _shadowed(process, name, written, rest)
        both = None if ordered else overlap([text for _, text in written], kinds, domain)
        if both:
            what = f"several conditions at {name} hold at once, for {both}"
            hint = "Make them exclude each other, or write a list: then the first that holds is taken."
            yield Finding("BP247", ("flow", name, "next"), what, hint, key=True)
        decided = rest is not None or len(written) < len(branches)
        open_at = "" if decided else gap([text for _, text in written], kinds, domain)
        if open_at is None or open_at:
            when = f", such as for {open_at}" if open_at else ""
            what = f"it may be that no condition at {name} holds{when}: the run would stop"
            yield Finding("BP249", ("flow", name, "next"), what, "Add a flow with `else`.", key=True)


def _shadowed(
    process: Process, name: str, written: list[tuple[int, Expression]], rest: int | None
) -> Iterator[Finding]:
    """In a list, nothing comes after a condition that always holds."""
    kinds, domain = types(process), domains(process)
    branches = process.flow[name].next
    for place, (i, text) in enumerate(written):
        later = [j for j, _ in written[place + 1 :]] if process.flow[name].ordered else []
        later += [] if rest is None else [rest]
        if later and (text.constant() is True or always_true(text, kinds, domain)):
            what = f"`{text}` always holds: the flow from {name} to {branches[later[0]].to} is never taken"
            yield Finding("BP248", way(process, name, i), what, "Correct the condition, or take the other flow out.")
            return


def _wrong(text: Expression, kinds: Mapping[str, str], words: Mapping[str, tuple[str, ...]]) -> bool:
    try:
        return text.check(kinds, words) in {"text", "duration"}
    except Mistake:
        return True


CHECKS: tuple[Check, ...] = (one_kind, shares, totals, conditions)
