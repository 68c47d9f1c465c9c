"""A waiver as somebody fills in a form: its answers become a file of the baseline, and what is wrong is told by answer.

There is one reading of waivers, that of files: an answer is written as the entry of a file, read as that, and a problem at a
line is one of the answer that the line was made of.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.errors import Problem
from hubposture.matrix.lint_finding import Level, LintFinding
from hubposture.texts.yaml_text import quoted
from hubposture.waivers.read import read_waivers
from hubposture.waivers.waiver import Waiver, WaiverType

LISTS = ("controls", "resources", "accounts", "ous", "regions", "tags")
"""Answers of several lines, one entry a line; ids may stand behind each other, too."""
TEXTS = ("type", "reason", "compensating", "owner", "risk_owner", "expires", "covers_new", "effect")
"""Answers of one text."""
ANSWERS = (*LISTS, *TEXTS)
"""What a form asks, by the entries of a waiver's file."""

_NEEDED = frozenset({"type", "reason", "owner", "expires"})
_SPLIT = {"controls": re.compile(r"[\s,;]+"), "accounts": re.compile(r"[\s,;]+"), "regions": re.compile(r"[\s,;]+")}
_LINES = re.compile(r"\n+")
_FIELD_OF_RULE = {
    "too-long": "expires",
    "not-waivable": "expires",
    "wide-pattern": "resources",
    "blank-pattern": "resources",
    "unknown-control": "controls",
    "retired-control": "controls",
    "unknown-account": "accounts",
    "unknown-ou": "ous",
}
_FILE = "form"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: the waiver, None where anything is wrong; what is wrong by answer, '' for the whole."""

    waiver: Waiver | None
    problems: Mapping[str, Sequence[str]]


def read_answers(answers: Mapping[str, str], *, id_: str, requested_by: str, valid_from: dt.date) -> Asked:
    """The waiver of a form's answers, by entry (see `ANSWERS`); everything that is wrong with them at once."""
    lines = [
        ("", f"id: {quoted(id_)}"),
        *_lists(answers),
        *_texts(answers),
        ("", f"requested_by: {quoted(requested_by)}"),
        ("", f"valid_from: {valid_from}"),
    ]
    text = "".join(f"{line}\n" for _, line in lines)
    found = read_waivers({f"{_FILE}.yaml": text.encode("utf-8", "replace")})
    problems: defaultdict[str, list[str]] = defaultdict(list)
    for problem in (*found.problems, *_tags(answers)):
        problems[_field(problem, [name for name, _ in lines])].append(said(problem))
    waiver = found.waivers[0] if found.waivers and not problems else None
    return Asked(waiver, dict(problems))


def mended(answers: Mapping[str, str], wrong: Iterable[str], *, valid_from: dt.date) -> dict[str, str] | None:
    """The answers with those that say nothing of what is covered put right, so that it can be looked at all the same.

    None where what is wrong is about that itself.
    """
    plain = {
        "type": WaiverType.RISK_ACCEPTANCE.value, "reason": "-", "owner": "-", "compensating": "-", "risk_owner": "",
        "effect": "", "covers_new": "", "expires": (valid_from + dt.timedelta(days=1)).isoformat(),
    }  # fmt: skip
    if set(wrong) - set(plain):
        return None
    return {**answers, **{name: plain[name] for name in wrong}}


def entries(name: str, text: str) -> tuple[str, ...]:
    """The entries of an answer of several lines."""
    parts = _SPLIT.get(name, _LINES).split(text)
    return tuple(part.strip() for part in parts if part.strip())


def said(problem: Problem) -> str:
    """What is wrong, and what to do, without the place: it is told beside the answer."""
    return problem.what + (f" ({problem.hint})" if problem.hint else "")


def by_answer(findings: Sequence[LintFinding], level: Level) -> Mapping[str, Sequence[str]]:
    """What lint says of a waiver that is not there yet, by answer; that nobody approved it is no news."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in findings:
        if one.level is level and one.rule not in ("unapproved", "no-set", "changed", "extension", "unused-set"):
            hint = f" ({one.hint})" if one.hint else ""
            found[_FIELD_OF_RULE.get(one.rule, "")].append(one.message + hint)
    return dict(found)


def _lists(answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in LISTS:
        found = entries(name, answers.get(name, ""))
        if name == "tags":
            pairs = [one.partition("=") for one in found if "=" in one]
            inner = ", ".join(f"{quoted(key.strip())}: {quoted(value.strip())}" for key, _, value in pairs)
            if pairs:
                yield name, f"tags: {{{inner}}}"
        elif found or name in _NEEDED:
            yield name, f"{name}: [{', '.join(map(quoted, found))}]"


def _texts(answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in TEXTS:
        text = answers.get(name, "").strip()
        if text or name in _NEEDED:
            yield (
                name,
                f"{name}: {text if name == 'covers_new' and text.isascii() and text.isdecimal() else quoted(text)}",
            )


def _tags(answers: Mapping[str, str]) -> Iterator[Problem]:
    for one in entries("tags", answers.get("tags", "")):
        if "=" not in one:
            yield Problem("tags", f"{one[:60]!r} is no tag", "write NAME=PATTERN, one a line")


def _field(problem: Problem, lines: Sequence[str]) -> str:
    """The answer that a problem is about."""
    if problem.where in ANSWERS:
        return problem.where
    _, _, place = problem.where.partition(":")
    number = place.partition(":")[0]
    if number.isdecimal() and 0 < int(number) <= len(lines) and (found := lines[int(number) - 1]):
        return found
    return next((name for name in ANSWERS if re.search(rf"\b{name}\b", problem.what)), "")
