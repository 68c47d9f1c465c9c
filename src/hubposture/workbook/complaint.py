"""How this package says that a workbook cannot be used."""

from hubposture.errors import InputErrors, Problem


def complaint(where: str, what: str, *, hint: str) -> InputErrors:
    """The error for one thing wrong with a workbook.

    `where` is the file name, `file!sheet` or `file!sheet!cell`; `what` says what is wrong and why that matters;
    `hint` says what to do.
    """
    return InputErrors([Problem(where, what, hint)])
