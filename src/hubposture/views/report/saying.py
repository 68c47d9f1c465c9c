"""What a report says in sentences: its first page, its movement, and why AWS's score is another."""

from collections.abc import Iterator

from hubposture.views.document import counted
from hubposture.views.report.model import Figure, Report
from hubposture.views.words import SEVERITIES, share


def headline(report: Report) -> Iterator[str]:
    """The sentences of the first page: met, accounts, overdue, open, each with the week before."""
    level, before = report.lines[0].now, report.lines[0].before
    if level.of == 0:
        yield "Nothing is an obligation yet: no enforced control was measured."
        return
    was = f"; {share(before.met, before.of)} a week ago" if before and before.of else ""
    yield f"Obligations met: {share(level.met, level.of)} ({level.met:,} of {level.of:,}){was}"
    yield f"Open obligations: {change(report.open)}"
    accounts = report.accounts
    earlier = f"; {accounts.before.met:,} of {accounts.before.of:,} a week ago" if accounts.before else ""
    verb = "meets" if accounts.now.met == 1 else "meet"
    yield f"{accounts.now.met:,} of {counted(accounts.now.of, 'account')} {verb} all of theirs{earlier}"
    yield _overdue(report)


def _overdue(report: Report) -> str:
    counts = {one.severity: one.overdue.now for one in report.overdue if one.overdue.now}
    was = "" if report.overdue_before is None else f"; {report.overdue_before:,} a week ago"
    if not counts:
        return f"Nothing is overdue{was}"
    said = ", ".join(f"{counts[label]:,} {label}" for label in SEVERITIES if label in counts)
    return f"Overdue: {report.overdue_now:,} ({said}){was}"


def change(figure: Figure) -> str:
    """`363, 8 more than a week ago`."""
    if figure.before is None:
        return f"{figure.now:,}"
    difference = figure.now - figure.before
    if difference == 0:
        return f"{figure.now:,}, as a week ago"
    return f"{figure.now:,}, {abs(difference):,} {'more' if difference > 0 else 'fewer'} than a week ago"


def moved_says(report: Report) -> Iterator[str]:
    """The movement's own sentences: like for like, and what holds it back."""
    found = report.movement
    if found is None:
        return
    if not any(step.opened or step.closed for step in found.steps):
        yield "Nothing moved."
    if found.like is not None and found.like[1].of:
        then, now = found.like
        yield (
            f"Like for like ({counted(now.of, 'obligation')} in places that were there on both days): "
            f"{share(then.met, then.of)} then, {share(now.met, now.of)} now"
        )
    if found.unexplained:
        yield f"{counted(abs(found.unexplained), 'open obligation')} moved for causes that are not known."
    if found.frozen:
        yield found.frozen


def aws_says(report: Report) -> Iterator[str]:
    """Why AWS's score is not ours, in numbers."""
    if not report.aws or report.aws[0].score is None:
        return
    found, level = report.difference, report.lines[0].now
    scored = found.passed + found.failed + found.unknown
    was = "" if report.aws_before is None else f" ({report.aws_before} % a week ago)"
    yield (
        f"AWS says {report.aws[0].score} %{was}: {found.passed:,} of {counted(scored, 'control')} passed, by its rule. "
        f"We say {share(level.met, level.of)}: {level.met:,} of {counted(level.of, 'obligation')} met."
    )
    if found.failed:
        yield (
            f"AWS counts controls, and one failing resource fails a control: {counted(found.failed, 'control')} "
            f"failed there, though {found.met_in_failed:,} of {counted(found.in_failed, 'obligation')} in them are met."
        )
    if found.not_ours:
        yield f"{counted(found.not_ours, 'control')} in AWS's score {_is(found.not_ours)} no obligation here, and not in ours."
    if found.not_theirs:
        yield f"{counted(found.not_theirs, 'obligation')} of ours belong to controls that AWS does not count."
    if found.waived:
        yield (
            f"{counted(found.waived, 'failing obligation')} {_is(found.waived)} waived and count as met here; AWS leaves "
            "out what is suppressed, approved or not."
        )


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def signed(number: int) -> str:
    """`+12`, `-3`, `0`."""
    return f"{number:+,}" if number else "0"
