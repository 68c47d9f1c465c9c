"""Which of today's policies becomes which profile: the assignment with the fewest changes."""

from collections.abc import Sequence

FORBIDDEN = 1 << 200
"""A cost no sum of real ones reaches."""


def cheapest_assignment(costs: Sequence[Sequence[int]]) -> list[int]:
    """The column of each row in a square matrix of integer costs, so that their sum is the least.

    The shortest augmenting path method with potentials; equal sums are settled by the order of rows and columns,
    so that the same matrix always gives the same answer. O(n^3), for n of some dozens.
    """
    size = len(costs)
    rows, columns = [0] * (size + 1), [0] * (size + 1)
    row_of = [0] * (size + 1)
    for row in range(1, size + 1):
        row_of[0] = row
        at, way = _augment(costs, rows, columns, row_of=row_of)
        while at:
            row_of[at] = row_of[way[at]]
            at = way[at]
    column_of = [0] * size
    for column in range(1, size + 1):
        column_of[row_of[column] - 1] = column - 1
    return column_of


def _augment(
    costs: Sequence[Sequence[int]], rows: list[int], columns: list[int], *, row_of: list[int]
) -> tuple[int, list[int]]:
    """The free column at the end of the cheapest path, and the way back; counts from 1, 0 is where it starts."""
    size = len(costs)
    least: list[int | None] = [None] * (size + 1)
    way = [0] * (size + 1)
    used = [False] * (size + 1)
    at = 0
    while row_of[at]:
        used[at] = True
        row = row_of[at]
        for column in range(1, size + 1):
            if not used[column]:
                slack = costs[row - 1][column - 1] - rows[row] - columns[column]
                known = least[column]
                if known is None or slack < known:
                    least[column], way[column] = slack, at
        step, following = min(
            (found, column) for column, found in enumerate(least) if found is not None and not used[column]
        )
        for column in range(size + 1):
            if used[column]:
                rows[row_of[column]] += step
                columns[column] -= step
            elif (known := least[column]) is not None:
                least[column] = known - step
        at = following
    return at, way
