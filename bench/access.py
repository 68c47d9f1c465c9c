"""Access rules: decisions, and the filter of what one may see, in an organization of 1,000 accounts."""

from importlib import resources

from bench.meter import quantile, timed
from hubposture.access.actions import Action
from hubposture.access.people import People, Person
from hubposture.access.things import Placed, Places, Subject
from hubposture.cedar.access import CedarAccess
from hubposture.cedar.check import read_rules
from hubposture.filters import Filter

_ACCOUNTS, _UNITS, _DECISIONS, _TIMES = 1_000, 20, 20_000, 50
_PEOPLE = People(
    {"kim": ["analyst"], "pat": ["ou-administrator"], "lee": ["account-owner", "team-7"]},
    places={"pat": ["/Work/7"], "lee": [f"{7:012d}"]},
)


def decided() -> str:
    """One after the other in batches of 1,000 and one by one, with the shipped rules."""
    rules, (kim, *_) = _rules(), _everybody()
    subjects = [_subject(number) for number in range(_DECISIONS)]
    with timed() as together:
        for first in range(0, _DECISIONS, 1_000):
            rules.all_allowed(kim, Action.SUPPRESS, subjects[first : first + 1_000])
    with timed() as alone:
        for subject in subjects[:1_000]:
            rules.allowed(kim, Action.SUPPRESS, subject)
    return f"{_DECISIONS / together.seconds:,.0f} a second in batches, {1_000 / alone.seconds:,.0f} one by one"


def visible() -> str:
    """Rules read, the organization made into entities, a person's first filter and the median of later ones."""
    with timed() as beginning:
        rules = _rules()
    everybody = _everybody()
    with timed() as first:
        _filters(rules)
    spans = []
    for _ in range(_TIMES):
        with timed() as span:
            _filters(rules)
        spans.append(1_000 * span.seconds / len(everybody))
    return (
        f"{quantile(spans, 0.5):.1f} ms; {1_000 * first.seconds / len(everybody):.0f} ms for somebody new, "
        f"{1_000 * beginning.seconds:.0f} ms to begin"
    )


def _filters(rules: CedarAccess) -> list[Filter]:
    return [rules.visible(person, Action.VIEW) for person in _everybody()]


def _everybody() -> tuple[Person, ...]:
    return tuple(_PEOPLE.named(name) for name in _PEOPLE.users)


def _rules() -> CedarAccess:
    text = resources.files("hubposture.baseline").joinpath("templates", "access.cedar").read_text(encoding="utf-8")
    return CedarAccess(
        read_rules(text, "access.cedar"), Places({f"{one:012d}": _placed(one) for one in range(_ACCOUNTS)})
    )


def _placed(number: int) -> Placed:
    unit = number % _UNITS
    units = frozenset({("/", "r-1"), ("/Work", "ou-work"), (f"/Work/{unit}", f"ou-{unit}")})
    return Placed(f"team-{number % 100}", units)


def _subject(number: int) -> Subject:
    severity = ("LOW", "MEDIUM", "HIGH", "CRITICAL")[number % 4]
    return Subject(
        f"{number:032x}", f"{number % _ACCOUNTS:012d}", "eu-central-1", "s3.8", severity, f"arn:aws:s3:::b{number}",
        "AwsS3Bucket", "securityhub", f"team-{number % 50}",
    )  # fmt: skip
