"""Packs of evidence: for a standard and a period, every control with what was wanted, how it stood, and who changed it."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO

import orjson

from hubposture.catalog import Catalog, standard_title
from hubposture.errors import InputError
from hubposture.filters import EVERYTHING, All, Comparison, Filter, Operator
from hubposture.matrix.rows import Parsed
from hubposture.model.controls import Standard, natural_key
from hubposture.ports.hub import Progress
from hubposture.ports.lake import LakeReader, NoSuchVersion
from hubposture.ports.ledger import Ledger
from hubposture.ports.repository import Commit
from hubposture.render import csv, document_html, document_pdf
from hubposture.verbs.evidence_changes import Changes, read_changes
from hubposture.verbs.evidence_days import Days, chosen, looked_at, read_days
from hubposture.verbs.evidence_rows import (
    Book,
    clauses_of,
    holding,
    items_of,
    read_books,
    requirement_texts,
    rows_of,
)
from hubposture.verbs.evidence_sql import Ended, failing_of, read_end
from hubposture.verbs.evidence_waivers import Sources, held_waivers, read_waivers_of
from hubposture.verbs.evidence_zip import PackWriter, safe
from hubposture.verbs.report_scope import find_scope
from hubposture.views.evidence import control as control_view
from hubposture.views.evidence import summary, tables
from hubposture.views.evidence.model import About, Control, Done, Evidence, Held, Text, Waiver
from hubposture.views.report.model import Of, Scope

CLAUSES = "clauses"
"""The key of the organization's own standard."""
DAILY = 31
"""Longer periods are looked at week by week unless days are asked for."""
MOST_DAYS = 1_100


@dataclass(frozen=True, slots=True)
class Means:
    """What a pack is made of.

    `line` gives the main line of a file (newest first), None where there is no history; `read` a file at a commit or in
    the working tree. `visible` is what who asks may take out; EVERYTHING where nothing restricts them. `now` is aware.
    `version` is the program's.
    """

    organization: str
    reader: LakeReader
    ledger: Ledger
    catalog: Catalog
    workbook: str
    read: Callable[[str, str | None], bytes]
    parsed: Callable[[bytes], Parsed]
    line: Callable[[str], Sequence[Commit] | None]
    is_cut: Callable[[], bool]
    waivers: Sources
    now: dt.datetime
    version: str
    visible: Filter = EVERYTHING


@dataclass(frozen=True, slots=True)
class Wanted:
    """For which standard (None: the organization's clauses), from which day to which, of which part, and how often."""

    standard: Standard | None
    begin: dt.date
    end: dt.date
    ou: str | None = None
    account: str | None = None
    every: str = ""

    @property
    def period(self) -> tuple[dt.datetime, dt.datetime]:
        """Its first moment, and the first one after it."""
        day = dt.timedelta(days=1)
        return (
            dt.datetime.combine(self.begin, dt.time(), dt.UTC),
            dt.datetime.combine(self.end, dt.time(), dt.UTC) + day,
        )


def check_wanted(wanted: Wanted, today: dt.date) -> None:
    """Raises InputError for a period that is none, is too long, or lies ahead."""
    if wanted.end < wanted.begin:
        raise InputError(f"--to {wanted.end}: it is before --from {wanted.begin}")
    if wanted.begin > today:
        raise InputError(f"--from {wanted.begin}: it is still to come")
    if (wanted.end - wanted.begin).days >= MOST_DAYS:
        raise InputError(f"--from {wanted.begin} --to {wanted.end}: at most {MOST_DAYS:,} days in a pack; make several")
    if wanted.ou is not None and wanted.account is not None:
        raise InputError("--ou, --account: a pack is of one of them; give one")


def write_pack(means: Means, wanted: Wanted, out: BinaryIO, *, progress: Progress | None = None) -> str:
    """Write the pack; gives its digest. Raises InputError, NoSuchVersion where nothing was ever synced, LakeDamaged."""
    check_wanted(wanted, means.now.date())
    return _Making(means, wanted, progress).write(out)


@dataclass(frozen=True, slots=True)
class _Read:
    """Everything that was read but what fails."""

    scope: Scope
    days: Days
    evidence: Evidence
    books: Sequence[Book]
    changes: Changes
    controls: Sequence[str]
    clauses: Mapping[str, list[Text]]
    waivers: Sequence[Waiver]
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Making:
    """One pack in the making."""

    means: Means
    wanted: Wanted
    progress: Progress | None

    def write(self, out: BinaryIO) -> str:
        found = self._read()
        writer, evidence = PackWriter(out), found.evidence
        writer.put("README.txt", summary.readme(evidence).encode("utf-8"))
        writer.put("requirements.csv", csv.lines(tables.REQUIREMENTS, tables.requirements(evidence.items)))
        lines, told, who = self._controls(writer, found)
        writer.put("statuses.csv", csv.lines(tables.STATUSES, (row for one in told for row in tables.statuses(one))))
        self._changes(writer, found, told)
        for one in found.waivers:
            writer.put(f"waivers/{safe(one.waiver)}.json", _json(asdict(one)))
        for path, raw in sorted(found.files.items()):
            writer.put(path, raw)
        for book in found.books:
            if book.held.file:
                writer.put(book.held.file, book.raw)
        document = summary.document(evidence, lines, who)
        writer.put("summary.html", document_html.render(document).encode("utf-8"))
        if (paper := document_pdf.render(document)) is not None:
            writer.put("summary.pdf", paper)
        return writer.close(self._facts(found))

    def _controls(
        self, writer: PackWriter, found: _Read
    ) -> tuple[list[summary.Line], list[Control], dict[str, list[Done]]]:
        lines, told = [], []
        who: dict[str, list[Done]] = {}
        with self._end(found) as ended:
            for number, control in enumerate(found.controls):
                self._told(number, len(found.controls))
                one = self._control(found, control)
                rows = failing_of(ended, control)
                name = safe(one.shown)
                file = f"controls/{name}-failing.csv" if rows else ""
                if rows:
                    writer.put(file, csv.lines(tables.FAILING, tables.failing(rows)))
                document = control_view.document(found.evidence.about, one, failing=len(rows), file=file)
                writer.put(f"controls/{name}.html", document_html.render(document).encode("utf-8"))
                writer.put(f"controls/{name}.json", _json(document.data))
                lines.append(summary.line_of(one))
                told.append(one)
                for done in one.done:
                    who.setdefault(done.who, []).append(done)
        return lines, told, who

    def _changes(self, writer: PackWriter, found: _Read, told: Sequence[Control]) -> None:
        def rows() -> Iterator[Sequence[object]]:
            yield from tables.changes("", found.changes.of(""))
            for one in told:
                yield from tables.changes(one.shown, one.done)

        writer.put("changes.csv", csv.lines(tables.CHANGES, rows()))

    def _end(self, found: _Read) -> Ended:
        """The last day that was looked at, as far as it may be seen; nothing where no day was."""
        looked = found.evidence.looked.days
        return read_end(self.means.reader, looked[-1][1] if looked else None, within=self._within(found.scope))

    def _told(self, number: int, of: int) -> None:
        if self.progress is not None:
            self.progress(number, of)

    # Reading

    def _read(self) -> _Read:
        means, wanted = self.means, self.wanted
        scope = self._scope()
        within = self._within(scope)
        there = means.reader.days()
        every = wanted.every or ("day" if (wanted.end - wanted.begin).days < DAILY else "week")
        some = chosen(there, wanted.begin, wanted.end, every=every)
        key = wanted.standard.key if wanted.standard else CLAUSES
        days, versions = read_days(means.reader, some, within=within, standard=key, progress=self.progress)
        looked = looked_at(
            versions, there, (wanted.begin, wanted.end), every=every, first=there[0] if there else None,
            today=means.now.date(),
        )  # fmt: skip
        books, history = self._books(scope)
        clauses = clauses_of(books)
        controls = self._members(days, clauses)
        is_in = self._is_in(within)
        changes = read_changes(
            means.ledger, means.organization, wanted.period, controls=set(controls), is_in=is_in or (lambda _: True),
            progress=self.progress,
        )  # fmt: skip
        waivers, files = read_waivers_of(
            days, held_waivers(days, controls), controls=controls, sources=means.waivers, period=wanted.period, is_in=is_in, safe=safe,
        )  # fmt: skip
        head = means.ledger.head()
        about = About(
            means.organization, self._of(), key, wanted.begin, wanted.end,
            "" if scope.of is Of.ORGANIZATION else f"{'OU' if scope.of is Of.OU else 'account'} {scope.shown}",
        )  # fmt: skip
        last = next((book for book in reversed(books) if book.matrix is not None), None)
        items = items_of(last, means.catalog, wanted.standard, min(wanted.end, means.now.date()))
        evidence = Evidence(
            about, looked, tuple(book.held for book in books), items, waivers,
            tuple(self._notes(looked.unknown, some, books, history=history, is_part=is_in is not None)),
            (head.seq, head.digest), f"hubposture {means.version}",
        )  # fmt: skip
        return _Read(scope, days, evidence, books, changes, controls, clauses, waivers, files.found)

    def _of(self) -> str:
        return standard_title(self.wanted.standard) if self.wanted.standard else "the organization's own standard"

    def _scope(self) -> Scope:
        if self.wanted.ou is None and self.wanted.account is None:
            return Scope()
        try:
            with self.means.reader.snapshot(day=self.wanted.end, within=self.means.visible) as snapshot:
                return find_scope(snapshot, ou=self.wanted.ou, account=self.wanted.account)
        except NoSuchVersion:
            with self.means.reader.snapshot(within=self.means.visible) as snapshot:
                return find_scope(snapshot, ou=self.wanted.ou, account=self.wanted.account)

    def _within(self, scope: Scope) -> Filter:
        if scope.of is Of.ORGANIZATION:
            return self.means.visible
        place = Comparison(str(scope.of), Operator.EXACTLY, (scope.key,))
        return place if self.means.visible == EVERYTHING else All((place, self.means.visible))

    def _is_in(self, within: Filter) -> Callable[[str], bool] | None:
        """Whether an account lies in the part; None where the pack is of the whole organization."""
        if within == EVERYTHING:
            return None
        found: set[str] = set()
        for day in {self.wanted.begin, self.wanted.end}:
            try:
                with self.means.reader.snapshot(day=day, within=within) as snapshot:
                    found |= {row[0] for row in snapshot.execute("SELECT account FROM accounts ORDER BY account", {})}
            except NoSuchVersion:
                continue
        return found.__contains__

    def _books(self, scope: Scope) -> tuple[list[Book], bool]:
        """The workbook at every commit that held in the period, and whether there is a history at all."""
        means = self.means
        line = means.line(means.workbook)
        commits: Sequence[Commit | None] = [None] if line is None else holding(line, *self.wanted.period)
        found = read_books(
            commits,
            raw=lambda revision: means.read(means.workbook, revision),
            parsed=means.parsed,
            progress=self.progress,
        )
        is_whole = scope.of is Of.ORGANIZATION and means.visible == EVERYTHING
        return [
            self._kept(number, book, is_whole=is_whole) for number, book in enumerate(found, start=1)
        ], line is not None

    def _kept(self, number: int, book: Book, *, is_whole: bool) -> Book:
        """A version of the workbook with its place in the pack; of a part none is, for it speaks of every account."""
        if not is_whole or not book.raw:
            return book
        kind = self.means.workbook.rpartition(".")[2]
        file = f"workbook/{number:03}-{safe(book.held.shown)}.{safe(kind)}"
        return replace(book, held=replace(book.held, file=file))

    def _members(self, days: Days, clauses: Mapping[str, Sequence[Text]]) -> list[str]:
        standard = self.wanted.standard
        if standard is None:
            return sorted(clauses, key=natural_key)
        known = {str(one.id) for one in self.means.catalog.members(standard)}
        # What the lake says of the days wins: the packaged catalog may know of controls that came later.
        return sorted({*days.members} or known, key=natural_key)

    def _control(self, found: _Read, control: str) -> Control:
        standard, catalog = self.wanted.standard, self.means.catalog
        days = found.days.by_control.get(control, ())
        texts = list(found.clauses.get(control, ()))
        on: Sequence[dt.date] = ()
        if standard is not None:
            numbers = found.days.numbers.get(control, "")
            texts = [*requirement_texts(catalog, control, standard, numbers), *texts]
            on = found.days.members.get(control, ())
        known = catalog.get(control)
        made = Control(
            control, known.shown if known else control[:1].upper() + control[1:], known.title if known else "",
            str(known.severity) if known else "", texts, rows_of(found.books, control), days,
            found.days.waivers_of(control), found.changes.of(control), (), on[0] if on else None, on[-1] if on else None,
        )  # fmt: skip
        return replace(made, exceptions=tuple(self._exceptions(found, made)))

    def _exceptions(self, found: _Read, one: Control) -> Iterator[str]:
        looked = [day for day, _, _ in found.evidence.looked.days]
        if not looked:
            yield "No day of the period is kept: how it stood is not known."
        elif not one.days:
            yield "No version of the period knows it: neither a finding nor the workbook nor Security Hub named it there."
        if (
            one.first is not None
            and one.last is not None
            and looked
            and (one.first, one.last) != (looked[0], looked[-1])
        ):
            yield f"It belonged to the standard from {one.first} to {one.last} only, by the days that were looked at."
        if one.latest is not None:
            yield from _of_day(one)
        if one.rows and not one.rows[-1].rows and not one.rows[-1].held.trouble:
            yield "The workbook has no row for it: it is no obligation, and nothing says why it is on or off."
        for at in one.rows:
            if at.held.trouble:
                yield f"Workbook at {at.held.shown}: {at.held.trouble}"
        for done in one.done:
            if done.outcome != "applied":
                where = f"{done.number:,} place{'s' if done.number != 1 else ''}"
                yield f"Run {done.run} ({done.who}): {done.kind} in {where} {done.outcome}{f', {done.detail}' if done.detail else ''}"

    def _notes(
        self, unknown: Sequence[object], some: Sequence[dt.date], books: Sequence[Book], *, history: bool, is_part: bool
    ) -> Iterator[str]:
        if not some:
            yield "No day of the period is kept: no status is told, and none was put in its place."
        elif unknown:
            yield "Some days of the period are not known; they are named below, and nothing was put in their place."
        if self.wanted.end >= self.means.now.date():
            yield "The period is not over: what comes later in it is not here."
        if not history:
            yield "The baseline has no history of git here: what the workbook said over time is not known. It is told as it is now."
        elif self.means.is_cut():
            yield "This clone of the baseline lacks the older history: what the workbook said before is not known."
        elif not books:
            yield "The workbook had no commit before the end of the period."
        elif books[0].held.at is not None and books[0].held.at > self.wanted.period[0]:
            yield f"The workbook's first commit is of {books[0].held.at:%Y-%m-%d}: there was none when the period began."
        if is_part:
            yield (
                "This is a part of the organization: workbooks and waivers' files are left out, for they speak of other "
                "accounts as well; what they say of these controls is told."
            )

    def _facts(self, found: _Read) -> Mapping[str, Any]:
        evidence, wanted = found.evidence, self.wanted
        about, looked = evidence.about, evidence.looked
        return {
            "title": about.title, "organization": about.organization, "standard": about.key, "scope": about.scope,
            "period": {"from": wanted.begin.isoformat(), "to": wanted.end.isoformat()}, "tool": evidence.made_by,
            "commits": [{"id": one.id, "sha256": one.digest.removeprefix("sha256:")} for one in evidence.held],
            "versions": [{"day": f"{day}", "number": number, "at": f"{at.isoformat()}Z"} for day, number, at in looked.days],
            "days_not_known": [{"from": f"{begin}", "to": f"{end}", "why": why} for begin, end, why in looked.unknown],
            "audit": {"seq": evidence.audit[0], "digest": evidence.audit[1]}, "notes": list(evidence.notes),
        }  # fmt: skip


def _of_day(one: Control) -> Iterator[str]:
    """What was not measured on the last day that was looked at."""
    assert one.latest is not None
    day, counts = one.latest.day, one.latest.counts
    if counts.not_measured:
        yield f"{counts.not_measured:,} checks said neither passed nor failed on {day}."
    if counts.missing:
        yield f"In force without any result in {counts.missing:,} accounts and Regions on {day}."
    if counts.lost:
        yield f"{counts.lost:,} resources were lost sight of on {day}: they are in no number."
    if counts.unknown:
        yield f"Whether it was on was not known in {counts.unknown:,} of {counts.places:,} accounts and Regions on {day}."
    if counts.suppressed:
        yield f"{counts.suppressed:,} failing resources were suppressed without a waiver on {day}."


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS, default=_plain) + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Held):
        return asdict(value)
    return str(value)
