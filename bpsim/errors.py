"""What can go wrong, said so that a user can put it right: placed problems and the exceptions that carry them."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Every diagnostic: its code, its severity and what it is about. docs/errors.md has a paragraph for each.
CODES: dict[str, tuple[str, str]] = {
    "BP001": ("error", "an empty file"),
    "BP002": ("error", "a file that is not UTF-8"),
    "BP003": ("limit", "a file that is too large"),
    "BP004": ("limit", "too many levels, one inside the other"),
    "BP005": ("limit", "too many values in one file"),
    "BP006": ("limit", "aliases that expand to too much"),
    "BP007": ("error", "an alias inside what it stands for"),
    "BP008": ("error", "an alias for nothing"),
    "BP009": ("error", "a character that cannot be seen"),
    "BP010": ("error", "a tab in the indentation"),
    "BP011": ("error", "a quote that is not closed"),
    "BP012": ("error", "a bracket without its partner"),
    "BP013": ("error", "a key written twice"),
    "BP014": ("error", "a file that is no mapping"),
    "BP015": ("error", "several documents in one file"),
    "BP016": ("error", "a tag"),
    "BP017": ("error", "a merge key"),
    "BP018": ("error", "a number that is too long or too large"),
    "BP019": ("error", "a key that is no name"),
    "BP020": ("error", "a comma or bracket inside a text without quotes"),
    "BP021": ("error", "a text that begins with '>' or '|' without quotes"),
    "BP022": ("error", "a colon or quote inside a text without quotes"),
    "BP023": ("error", "a line that is indented wrongly"),
    "BP024": ("error", "a key without ': '"),
    "BP025": ("error", "a text that begins with a sign of YAML"),
    "BP026": ("error", "not YAML"),
    "BP027": ("error", "an unknown escape"),
    "BP028": ("error", "a missing comma inside brackets"),
    "BP029": ("error", "evidence for what is not there"),
    "BP030": ("error", "evidence given twice"),
    "BP101": ("error", "unknown key"),
    "BP102": ("error", "known, not in this version"),
    "BP103": ("error", "a missing key"),
    "BP104": ("error", "a value of the wrong kind"),
    "BP105": ("error", "a word that cannot stand here"),
    "BP106": ("error", "an unknown type of node"),
    "BP108": ("error", "not a name"),
    "BP109": ("error", "a name with a meaning of its own"),
    "BP110": ("error", "a name in mixed scripts"),
    "BP111": ("error", "names that differ only by capitals"),
    "BP112": ("error", "a name that is too long"),
    "BP113": ("error", "a file for another version"),
    "BP114": ("error", "not the kind of file that is wanted"),
    "BP115": ("error", "a base that cannot be read"),
    "BP116": ("error", "files that build on each other"),
    "BP199": ("error", "more problems than are listed"),
    "BP201": ("error", "a duration without a unit"),
    "BP203": ("error", "not a duration"),
    "BP204": ("error", "unknown unit"),
    "BP205": ("error", "a negative duration"),
    "BP206": ("error", "a decimal comma"),
    "BP207": ("error", "a duration beyond belief"),
    "BP208": ("error", "not a number"),
    "BP209": ("error", "not a distribution"),
    "BP210": ("error", "an unknown distribution"),
    "BP211": ("error", "parameters that do not fit together"),
    "BP212": ("error", "wrong parameters"),
    "BP213": ("error", "a normal distribution with too much below zero"),
    "BP214": ("error", "an empirical distribution that cannot be drawn"),
    "BP215": ("error", "a mixture that does not add up"),
    "BP221": ("error", "not a calendar"),
    "BP222": ("error", "not a time of day"),
    "BP223": ("error", "an unknown weekday"),
    "BP224": ("error", "hours that end before they begin"),
    "BP225": ("warning", "hours that overlap"),
    "BP226": ("error", "a time zone"),
    "BP227": ("error", "not a holiday"),
    "BP228": ("error", "not a schedule"),
    "BP231": ("error", "not a probability"),
    "BP241": ("error", "not an expression"),
    "BP242": ("error", "something that expressions do not allow"),
    "BP243": ("error", "an undefined attribute"),
    "BP244": ("error", "types that do not go together"),
    "BP245": ("error", "a division by zero"),
    "BP246": ("error", "a comparison that is never true"),
    "BP247": ("error", "conditions that hold at once"),
    "BP248": ("warning", "a condition that never holds, or always"),
    "BP249": ("warning", "a case for which no condition holds"),
    "BP301": ("error", "no start"),
    "BP302": ("error", "several starts"),
    "BP303": ("error", "no end"),
    "BP304": ("warning", "a node that no case reaches"),
    "BP305": ("error", "a node that nothing follows"),
    "BP306": ("error", "a flow to a node that does not exist"),
    "BP307": ("error", "a closed loop"),
    "BP308": ("error", "a loop with a way out that is never taken"),
    "BP310": ("error", "a loop that takes no time"),
    "BP312": ("error", "a choice that is closed by a parallel join"),
    "BP313": ("error", "parallel branches that meet without a join"),
    "BP314": ("warning", "a parallel split without a join"),
    "BP315": ("warning", "a parallel gateway that does nothing"),
    "BP316": ("warning", "a gateway that does nothing"),
    "BP317": ("error", "a parallel gateway that joins and splits"),
    "BP318": ("error", "a flow that leaves a parallel block early"),
    "BP319": ("error", "a flow that enters a parallel block past its split"),
    "BP320": ("error", "parallel blocks that overlap"),
    "BP321": ("error", "several flows out of a node that is no gateway"),
    "BP322": ("warning", "a flow that is written twice"),
    "BP323": ("error", "a flow into the start"),
    "BP324": ("error", "a flow out of an end"),
    "BP325": ("error", "a join that waits for what cannot come"),
    "BP326": ("error", "a share or condition where no choice is made"),
    "BP327": ("error", "a parallel split with two joins"),
    "BP331": ("error", "shares that do not sum to 1"),
    "BP332": ("error", "a flow of a choice without a rule"),
    "BP334": ("warning", "a share of zero"),
    "BP335": ("error", "shares and conditions in one gateway"),
    "BP336": ("error", "a second else"),
    "BP341": ("error", "channels whose shares do not sum to 1"),
    "BP342": ("error", "words whose shares do not sum to 1"),
    "BP343": ("error", "work that never ends"),
    "BP344": ("error", "a race of what does not happen by itself"),
    "BP345": ("error", "an inclusive gateway that may take no flow"),
    "BP346": ("warning", "an else that is never taken"),
    "BP347": ("error", "a join of another kind than its split"),
    "BP348": ("error", "an inclusive join without an inclusive split"),
    "BP349": ("warning", "a boundary that never comes"),
    "BP350": ("error", "an escalation that meets the case again"),
    "BP351": ("error", "an attribute in two branches at once"),
    "BP352": ("error", "an assignment to what does not exist"),
    "BP353": ("error", "an assignment of another type"),
    "BP354": ("error", "a choice by an undefined attribute"),
    "BP355": ("error", "a choice for a value that cannot be"),
    "BP356": ("error", "a choice that leaves values out"),
    "BP357": ("error", "a patience that changes during a case"),
    "BP358": ("error", "attributes that wait for each other"),
    "BP359": ("error", "visits of a task that does not exist"),
    "BP360": ("error", "a limit of visits below one"),
    "BP363": ("warning", "a boundary that always comes first"),
    "BP364": ("warning", "an end that has nothing to terminate"),
    "BP365": ("error", "a boundary of what is no block"),
    "BP370": ("error", "a call of a process that does not exist"),
    "BP371": ("error", "processes that call each other"),
    "BP372": ("error", "something handed over that cannot be held"),
    "BP373": ("error", "something returned that cannot be held"),
    "BP374": ("error", "a number of instances that cannot be"),
    "BP375": ("error", "a message that nobody sends"),
    "BP376": ("warning", "a message that nobody receives"),
    "BP377": ("error", "something defined in two files"),
    "BP378": ("error", "a file that cannot be used"),
    "BP379": ("warning", "a process that nobody calls"),
    "BP380": ("error", "a trigger without an event"),
    "BP381": ("error", "channels of one name that differ"),
    "BP382": ("error", "a bundle with a flow"),
    "BP383": ("error", "cases that are called and arrive"),
    "BP384": ("error", "a shared file with more than is shared"),
    "BP385": ("error", "two processes of one name"),
    "BP401": ("error", "an undefined role"),
    "BP402": ("error", "an undefined calendar"),
    "BP403": ("error", "a calendar that never opens"),
    "BP404": ("error", "a task that nobody is there for"),
    "BP405": ("warning", "a role that no task needs"),
    "BP407": ("error", "not a dispersion"),
    "BP410": ("error", "work that a role cannot do also"),
    "BP411": ("error", "the same person as of no task of people"),
    "BP412": ("error", "two tasks that no one person can do"),
    "BP413": ("error", "the same person in a batch"),
    "BP414": ("warning", "a same person who is never there"),
    "BP415": ("error", "a batch of an impossible size"),
    "BP416": ("error", "a batch that nothing fires"),
    "BP417": ("warning", "a batch that is never full"),
    "BP418": ("error", "a batch without people"),
    "BP419": ("error", "other duties that cannot be"),
    "BP420": ("error", "a transfer of no departments"),
    "BP421": ("error", "performers that do not go together"),
    "BP422": ("error", "a clock of an undefined node"),
    "BP423": ("warning", "something that has no effect"),
    "BP424": ("error", "no cases, or all at once"),
    "BP425": ("error", "a profile that cannot be"),
    "BP431": ("error", "work that fits into no shift"),
    "BP432": ("warning", "work that seldom fits into a shift"),
    "BP433": ("warning", "work that is written in days"),
    "BP434": ("warning", "something that takes no time"),
    "BP435": ("warning", "a time that looks like a slip of the unit"),
    "BP436": ("error", "a mean that is infinite"),
    "BP437": ("warning", "a heavy tail"),
    "BP438": ("warning", "working days of no calendar"),
    "BP439": ("error", "arrivals in two forms"),
    "BP440": ("error", "something that arrivals of this form do not take"),
    "BP441": ("error", "a file of times that cannot be read"),
    "BP442": ("error", "not an instant"),
    "BP443": ("error", "hours of a profile that cannot be"),
    "BP444": ("error", "not a rate per year"),
    "BP445": ("error", "a shock that cannot be"),
    "BP446": ("error", "appointments that cannot be"),
    "BP447": ("warning", "times outside the experiment"),
    "BP451": ("warning", "more work than people can do"),
    "BP460": ("error", "a patience where nobody waits in a queue"),
    "BP461": ("error", "a patience in a batch"),
    "BP462": ("error", "a document that is not defined"),
    "BP463": ("error", "a document that is not there yet"),
    "BP464": ("error", "an order of tasks that is not kept"),
    "BP465": ("error", "a document from nowhere"),
    "BP466": ("warning", "a document that nobody needs"),
    "BP467": ("error", "groups of no attribute"),
    "BP468": ("error", "clarity where no client answers"),
    "BP470": ("error", "a visit without a contact"),
    "BP471": ("error", "channels chosen by several attributes"),
    "BP472": ("error", "a channel and an attribute that wait for each other"),
    "BP473": ("error", "a patience of no time"),
    "BP478": ("error", "a shift to an undefined channel"),
    "BP479": ("error", "a shift of channels that cannot be"),
    "BP480": ("error", "a backlog before an undefined node"),
    "BP481": ("error", "a backlog where no case can wait"),
    "BP485": ("warning", "errors that nobody makes"),
    "BP486": ("warning", "a count of errors that is always 0"),
    "BP490": ("error", "a clock that leads to an undefined node"),
    "BP491": ("error", "a clock that leads into a block"),
    "BP492": ("error", "a limit that changes during a case"),
    "BP501": ("error", "not a whole number"),
    "BP502": ("error", "a number below zero or beyond all measure"),
    "BP503": ("error", "not a cost per hour"),
    "BP510": ("error", "more people than the head count"),
    "BP511": ("error", "an employment that ends before it begins"),
    "BP512": ("error", "a proficiency of nothing"),
    "BP513": ("error", "not a day"),
    "BP514": ("error", "absences without end"),
    "BP515": ("error", "two absences of one name"),
    "BP516": ("warning", "work by its limits, without limits"),
    "BP517": ("error", "an interruption of nobody's work"),
    "BP518": ("warning", "an interruption that never happens"),
    "BP530": ("error", "too few people for several at once"),
    "BP531": ("error", "people who never meet"),
    "BP533": ("error", "four eyes on no task of people"),
    "BP534": ("error", "four eyes, and nobody left"),
    "BP535": ("warning", "four eyes on what never comes before"),
    "BP536": ("warning", "four eyes that may leave nobody"),
    "BP537": ("error", "wishes that contradict each other"),
    "BP538": ("error", "a person who does not exist"),
    "BP540": ("error", "a pace that cannot be"),
    "BP541": ("error", "machines that learn or leave"),
    "BP542": ("error", "arrivals and a trigger"),
    "BP543": ("error", "vacancies that never arise"),
    "BP544": ("warning", "people who are never replaced"),
    "BP545": ("warning", "a hire without vacancies"),
    "BP546": ("error", "not a date"),
    "BP547": ("error", "not a yearly rate"),
    "BP548": ("error", "people who leave by chance and by date"),
    "BP601": ("error", "an unknown operator"),
    "BP602": ("error", "a change that is not one operator"),
    "BP603": ("error", "a name in a change that does not exist"),
    "BP604": ("error", "a node that an earlier change took away"),
    "BP605": ("error", "a change of the wrong kind of node"),
    "BP606": ("error", "a legal task that a change takes away"),
    "BP607": ("error", "something that is needed elsewhere"),
    "BP608": ("error", "a new name that cannot be used"),
    "BP609": ("error", "a flow that is broken after a change"),
    "BP610": ("error", "two changes of one id"),
    "BP611": ("error", "a change that changes nothing"),
    "BP612": ("error", "settings of a change that do not go together"),
    "BP615": ("error", "tasks that are no single piece of the flow"),
    "BP616": ("error", "nobody has all the roles concerned"),
    "BP617": ("error", "tasks that cannot be united"),
    "BP618": ("error", "more setup saved than there is work"),
    "BP620": ("error", "fewer people than none"),
    "BP621": ("error", "a batch and the same person at one task"),
    "BP625": ("error", "tasks without one that comes before all others"),
    "BP640": ("error", "a path that leads nowhere"),
    "BP641": ("error", "a path to what is not a number"),
    "BP642": ("error", "shares that do not sum to 1 after a change"),
    "BP650": ("error", "a seed that cannot be used"),
    "BP651": ("error", "a start that is not a date"),
    "BP652": ("error", "a length of zero"),
    "BP653": ("error", "replications that cannot be run"),
    "BP654": ("error", "a warm-up as long as the experiment"),
    "BP655": ("error", "not a target"),
    "BP656": ("warning", "one replication"),
    "BP657": ("error", "an unknown measure"),
    "BP660": ("error", "a fragment that is no piece of a flow"),
    "BP661": ("error", "a place where nothing can be put"),
    "BP662": ("error", "a check that all cases fail, or none"),
    "BP663": ("error", "shares of a task that do not make the whole"),
    "BP664": ("error", "documents that no part of a task makes"),
    "BP665": ("error", "tasks whose order matters"),
    "BP666": ("error", "a gateway without a clear way on"),
    "BP667": ("error", "a check whose chance or time depends on the case"),
    "BP668": ("error", "a way out of a block that is no end"),
    "BP669": ("error", "tasks that do not fill the branches of a block"),
    "BP670": ("error", "an attribute that is not known there"),
    "BP671": ("error", "a condition that holds for all cases, or none"),
    "BP672": ("error", "a region that is no piece of the flow"),
    "BP673": ("error", "a kind of route that needs something else"),
    "BP675": ("error", "a role that cannot do a task"),
    "BP676": ("error", "work by its limit without a limit"),
    "BP677": ("error", "a path to more than one setting"),
    "BP678": ("error", "a number that is set"),
    "BP680": ("error", "people who cannot be pooled"),
    "BP681": ("error", "people who would come from nowhere, or vanish"),
    "BP682": ("error", "work that is not shared out"),
    "BP683": ("error", "a person whom cases name by number"),
    "BP685": ("error", "a task that brings nothing that is declared"),
    "BP686": ("error", "a document that is made inside"),
    "BP687": ("error", "nobody is left for what a system gives back"),
    "BP688": ("error", "shares of clients that do not sum to 1 after a change"),
    "BP689": ("error", "a number that cannot depend on the channel"),
    "BP690": ("error", "an event that no register knows"),
    "BP691": ("error", "a service that is not called"),
    "BP692": ("error", "services that are not called side by side"),
    "BP693": ("error", "a rule on more than one attribute"),
    "BP701": ("limit", "a case that goes round for ever"),
    "BP702": ("error", "an expression that has no value"),
    "BP703": ("error", "a choice without an entry for a value"),
    "BP704": ("error", "a duration that cannot be"),
    "BP705": ("error", "shares of a case that do not sum to 1"),
    "BP706": ("error", "several conditions that hold at once"),
    "BP707": ("error", "no condition that holds"),
    "BP708": ("error", "a case that waits for ever"),
    "BP709": ("limit", "too many events"),
    "BP710": ("limit", "time that stands still"),
    "BP711": ("limit", "too many open cases"),
    "BP713": ("error", "a case that names no person"),
    "BP714": ("error", "an inclusive gateway that takes no flow"),
    "BP716": ("error", "a number of instances that cannot be, in a run"),
    "BP719": ("limit", "too many appointments"),
    "BP721": ("error", "two scenarios of one name"),
    "BP722": ("error", "a journal of another study"),
    "BP723": ("error", "scenarios that are not comparable"),
    "BP724": ("error", "results that cannot be read"),
    "BP725": ("error", "a worker that was killed"),
    "BP726": ("error", "a target about no measure"),
    "BP801": ("error", "no such file"),
    "BP802": ("error", "a folder instead of a file"),
    "BP803": ("error", "no permission"),
    "BP804": ("error", "a file that cannot be read"),
    "BP805": ("error", "further runs without the scenarios"),
    "BP806": ("error", "a redesign that does not build on the baseline"),
    "BP807": ("limit", "too many changes to study together"),
    "BP810": ("error", "results of another version"),
    "BP815": ("error", "a range that cannot be varied"),
    "BP816": ("error", "no ranges to vary"),
    "BP820": ("warning", "one replication in a comparison"),
    "BP821": ("error", "cases in place of replications"),
    "BP822": ("warning", "an empty start without a warm-up"),
    "BP823": ("warning", "unfinished cases left out"),
    "BP824": ("warning", "utilisation over calendar time"),
    "BP825": ("error", "different seeds"),
    "BP826": ("warning", "means only, with a heavy tail"),
    "BP827": ("warning", "effects that were typed in"),
    "BP830": ("error", "results that hold no process"),
    "BP831": ("error", "a run that comes out otherwise"),
    "BP832": ("error", "a picture that does not exist"),
    "BP833": ("error", "a form in which no picture is written"),
    "BP834": ("error", "a scenario that the results do not hold"),
    "BP835": ("error", "nothing that could be drawn"),
    "BP836": ("error", "a role that nobody has"),
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with what a user wrote, where it stands and the way out.

    `line` and `column` count from 1 (0 when the place is unknown); `path` is dotted (`flow.review.duration`);
    `severity` is error, warning or limit.
    """

    file: str
    line: int
    column: int
    code: str
    severity: str
    path: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """Give the one line that the command line, editors and notebooks show."""
        at = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        place = f"{at}: {self.code} {self.severity}: "
        subject = f"{self.path}: {self.what}" if self.path else self.what
        if not self.hint:
            return f"{place}{subject}"
        return f"{place}{subject}{'' if subject.endswith('?') else '.'} {self.hint}"


class Mistake(ValueError):  # noqa: N818 - the word a user would use
    """A mistake inside one written value, not yet placed in a file.

    `offset` counts characters from the beginning of the value's text, so that the reader can point at the very column.
    """

    def __init__(self, code: str, what: str, hint: str = "", offset: int = 0) -> None:
        """Keep the parts of the later Problem."""
        super().__init__(what)
        self.code = code
        self.what = what
        self.hint = hint
        self.offset = offset


class BpsimError(Exception):
    """Anything that bpsim reports to a user instead of a result."""


class ProblemsError(BpsimError):
    """Carries the placed problems; prints them a line each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order of their places."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type["ProblemsError"], tuple[tuple[Problem, ...]]]:
        """Travel whole between worker processes."""
        return type(self), (self.problems,)


class ModelError(ProblemsError):
    """A process or scenario that cannot be used as it is written."""


class ChangeError(ProblemsError):
    """A redesign operator whose preconditions do not hold."""


class RunError(BpsimError):
    """A run that had to stop; nothing half-written remains."""

    def __init__(self, code: str, what: str, hint: str = "") -> None:
        """Keep the diagnostic's code beside its sentence."""
        super().__init__(
            f"{code} {CODES[code][0]}: {what}. {hint}".rstrip() if hint else f"{code} {CODES[code][0]}: {what}"
        )
        self.code = code
        self.what = what
        self.hint = hint

    def __reduce__(self) -> tuple[type["RunError"], tuple[str, str, str]]:
        """Travel whole between worker processes."""
        return type(self), (self.code, self.what, self.hint)


class LimitError(RunError):
    """A run that met one of its limits (events, work in progress, time that stands still)."""


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Suggest the nearest known word as a ready hint, or an empty text when nothing is near."""
    near = difflib.get_close_matches(word, sorted(options), n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else ""
