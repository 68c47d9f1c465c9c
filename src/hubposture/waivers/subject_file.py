r"""Approved sets as text: `waivers/W-2026-014.subjects`, written by hubposture, read by reviewers, bound by digests.

    # comments
    accounts: 111122223333 444455556666
    111122223333 eu-central-1 s3.8 arn:aws:s3:::acme-public-site-www

One subject a line: ACCOUNT REGION CONTROL RESOURCE, the resource being the rest of the line. What a reviewer could not
see or an editor would not keep is escaped: backslashes, control and formatting characters, line ends and blanks at the
ends as `\\`, `\n`, `\t`, `\xNN`, `\uNNNN`, `\UNNNNNNNN`. An empty part is `-`.
"""

import re
from collections.abc import Iterator

from hubposture.errors import Problem
from hubposture.model.controls import is_control_id
from hubposture.model.organization import ACCOUNT_PATTERN
from hubposture.waivers.waiver import SubjectName, SubjectSet

MAX_BYTES = 64 * 1024 * 1024
"""The largest file; 300,000 subjects have about this size."""
MOST_PROBLEMS = 100
"""How many problems of one file are told; the rest is counted."""

_ACCOUNTS = "accounts:"
_ACCOUNT = re.compile(ACCOUNT_PATTERN)
# Fixed ranges and no Unicode categories: the text is bound by digests, and categories change with Python's version.
_UNSEEN = (
    "\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\udfff\ufeff"
    "\ufff9-\uffff\U000e0000-\U000e0fff"
)
_ESCAPED = re.compile(rf"\A-\Z|\A +| +\Z|[\\{_UNSEEN}]", re.DOTALL)
_ESCAPED_PART = re.compile(rf"\A-\Z|[ \\{_UNSEEN}]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.?))", re.DOTALL)
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONG = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def to_text(subjects: SubjectSet) -> str:
    """The normalized text, which digests bind: without comments, sorted, nothing twice, each line ended."""
    lines = [f"{_ACCOUNTS} {' '.join(sorted(set(subjects.accounts)))}\n"] if subjects.accounts else []
    lines += [_line(one) for one in sorted(set(subjects.subjects))]
    return "".join(lines)


def from_text(raw: bytes, name: str) -> tuple[SubjectSet, tuple[Problem, ...]]:
    """The set of a file, sorted, and what is wrong with it as `name:line:column`; lines in any order, CRLF too."""
    try:
        text = _decoded(raw)
    except ValueError as error:
        return SubjectSet(()), (
            Problem(f"{name}:1:1", str(error), "write the set anew with `hubposture waivers preview`"),
        )
    subjects: set[SubjectName] = set()
    accounts: set[str] = set()
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            match _parsed(line.removesuffix("\r")):
                case SubjectName() as subject:
                    subjects.add(subject)
                case found:
                    accounts.update(found)
        except ValueError as error:
            wrong.append((number, str(error)))
    return SubjectSet(tuple(sorted(subjects)), tuple(sorted(accounts))), tuple(_problems(wrong, name))


def _problems(wrong: list[tuple[int, str]], name: str) -> Iterator[Problem]:
    hint = "a line is ACCOUNT REGION CONTROL RESOURCE; `hubposture waivers preview` writes the set anew"
    for number, what in wrong[:MOST_PROBLEMS]:
        yield Problem(f"{name}:{number}:1", what, hint)
    if (more := len(wrong) - MOST_PROBLEMS) > 0:
        yield Problem(name, f"{more:,} more lines are wrong", hint)


def _decoded(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise ValueError(f"the file has {len(raw):,} bytes; {MAX_BYTES:,} are read at most")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 text at byte {error.start:,}") from error


def _parsed(line: str) -> SubjectName | tuple[str, ...]:
    """The subject of a line, or its accounts; () for blank lines and comments. Raises ValueError."""
    if not line.strip() or line.startswith("#"):
        return ()
    if line.startswith(_ACCOUNTS):
        accounts = tuple(line.removeprefix(_ACCOUNTS).split())
        return tuple(_account(one) for one in accounts)
    parts = line.split(" ", 3)
    if len(parts) < 4:  # noqa: PLR2004 - account, Region, control, resource
        raise ValueError(f"{len(parts)} parts where account, Region, control and resource are meant")
    account, region, control, resource = (_plain(part) for part in parts)
    if not is_control_id(control):
        raise ValueError(f"{control[:60]!r} is not a control id")
    return SubjectName(_account(account), region, control.casefold(), resource)


def _account(text: str) -> str:
    if not _ACCOUNT.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is not an account id of 12 digits")
    return text


def _line(subject: SubjectName) -> str:
    account, region, control = (_ESCAPED_PART.sub(_escape, part) or "-" for part in subject[:3])
    return f"{account} {region} {control} {_ESCAPED.sub(_escape, subject.resource) or '-'}\n"


def _escape(found: re.Match[str]) -> str:
    return "".join(_SHORT.get(letter) or _numbered(ord(letter)) for letter in found[0])


def _numbered(code: int) -> str:
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def _plain(part: str) -> str:
    if part == "-":
        return ""
    return _ESCAPE.sub(_letter, part) if "\\" in part else part


def _letter(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if not digits and found[4] in _LONG:
        return _LONG[found[4]]
    if not digits or int(digits, 16) > 0x10FFFF:  # noqa: PLR2004 - the last character of Unicode
        raise ValueError(f"{found[0]!r} is no escape; a backslash itself is written twice")
    return chr(int(digits, 16))
