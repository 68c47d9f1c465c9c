"""How git shows and merges the workbook: attributes that travel with the repository, settings that do not."""

from pathlib import PurePosixPath

TEXTCONV = "hubposture diff --textconv"
"""Git calls it with a file and shows what it prints."""

MERGE = "hubposture merge %O %A %B %P"
"""Git calls it with base, ours, theirs and the file's name; the result goes to ours."""

CONFIGURATION = (
    ("diff.hubposture.textconv", TEXTCONV),
    ("merge.hubposture.name", "hubposture: cells of a workbook"),
    ("merge.hubposture.driver", MERGE),
)
"""Git takes programs only from its own configuration, never from a repository: each clone is told once."""

IGNORED = ".hubposture/"
"""What a baseline never commits: the local ledger and caches."""


def attributes(existing: str, *, workbook: str) -> str:
    """The text of .gitattributes with the workbook's line in it; other lines stay as they are."""
    pattern = PurePosixPath(workbook).as_posix()
    quoted = f'"{pattern}"' if any(letter in pattern for letter in " \t#!\\") else pattern
    return _with_line(existing, f"{quoted} -text diff=hubposture merge=hubposture")


def ignored(existing: str) -> str:
    """The text of .gitignore with `IGNORED` in it; other lines stay as they are."""
    return _with_line(existing, IGNORED)


def _with_line(text: str, line: str) -> str:
    if line in text.splitlines():
        return text
    return text + ("" if not text or text.endswith("\n") else "\n") + line + "\n"
