"""The parallel blocks against the game of tokens: what the checks let pass can neither get stuck nor meet itself."""

from random import Random

import pytest

from bpsim.errors import CODES
from bpsim.model.checks import check
from bpsim.model.graph import backwards
from tests.model.drawing import drawn
from tests.model.test_flow_checks import BAD, GOOD

#: A token: the node that it stands at, and the flow by which it came (of several in), as (source, its number there).
Token = tuple[str, tuple[str, int]]
State = frozenset[Token]
MOST_STATES = 3_000


def rewired(drawing: str, luck: Random) -> str:
    """Let one or two flows of a drawing lead somewhere else."""
    nodes = [part.partition(">")[0].strip() for part in drawing.split(";")]
    pieces = drawing.split(";")
    for _ in range(luck.randint(1, 2)):
        i = luck.choice([i for i, piece in enumerate(pieces) if ">" in piece])
        name, _, ways = pieces[i].partition(">")
        flows = ways.split(",")
        j = luck.randrange(len(flows))
        flows[j] = " ".join([f" {luck.choice(nodes[1:])}", *flows[j].split()[1:]])
        pieces[i] = f"{name}>{','.join(flows)}"
    return ";".join(pieces)


def plays_badly(drawing: str) -> str:
    """Play every game of tokens; say what goes wrong, or nothing."""
    process = drawn(drawing)
    out = {name: [branch.to for branch in node.next] for name, node in process.flow.items()}
    into = backwards({name: tuple(targets) for name, targets in out.items()})
    start: State = frozenset({("s", ("", 0))})
    seen, todo = {start}, [start]
    while todo and len(seen) < MOST_STATES:
        state = todo.pop()
        moves = list(_moves(state, out, into))
        if not moves and state:
            return "stuck"
        for after in moves:
            standing = [name for name, _ in after if not (name[0] == "p" and len(into[name]) > 1)]
            if len(set(standing)) < len(standing):
                return "two at one node"
            if frozenset(after) not in seen and len(set(after)) == len(after):
                seen.add(frozenset(after))
                todo.append(frozenset(after))
            elif len(set(after)) < len(after):
                return "two at one join"
    return ""


def _moves(state: State, out: dict[str, list[str]], into: dict[str, tuple[str, ...]]) -> list[list[Token]]:
    """Give every state (as a list of tokens) that one step leads to."""
    found = []
    for name in {name for name, _ in state}:
        here = [token for token in state if token[0] == name]
        parallel = name.startswith("p")
        if parallel and len(into[name]) > 1 and len(here) < len(into[name]):
            continue
        rest = [token for token in state if token not in (here if parallel else here[:1])]
        ways = [(target, (name, i)) for i, target in enumerate(out[name])]
        if parallel:
            found.append([*rest, *ways])
        else:
            found += [[*rest, way] for way in ways] if ways else [rest]
    return [[token for token in tokens if not token[0].startswith("e")] for tokens in found]


def errors(drawing: str) -> set[str]:
    """Give the codes of the errors of a drawing."""
    return {finding.code for finding in check(drawn(drawing)) if CODES[finding.code][0] == "error"}


def test_the_game_knows_good_from_bad() -> None:
    """The game itself finds the deadlocks and the multiplied tokens that were drawn for it."""
    assert [plays_badly(drawing) for drawing in GOOD] == [""] * len(GOOD)
    assert plays_badly(BAD["a choice joined"][0]) == "stuck"
    assert plays_badly(BAD["branches merged"][0]) == "two at one node"
    assert plays_badly(BAD["a join after itself"][0]) == "stuck"
    assert plays_badly(BAD["out to an end"][0]) == "stuck"
    assert plays_badly(BAD["a join of what never comes"][0]) == "stuck"
    assert {plays_badly(drawing) for name, (drawing, _) in BAD.items() if "joins of" in name} == {"stuck"}


@pytest.mark.untraced
def test_what_passes_the_checks_plays_well() -> None:
    """Two thousand rewired drawings: none without an error gets stuck or has two tokens at one node."""
    luck = Random(1)  # noqa: S311 - nothing secret
    passed = 0
    for _ in range(2_000):
        drawing = rewired(luck.choice(GOOD), luck)
        if not errors(drawing):
            passed += 1
            assert plays_badly(drawing) == "", drawing
    assert passed > 300
