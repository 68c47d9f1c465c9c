"""How large a workbook may be before it is refused."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one workbook may cost. A matrix of 600 rows with five full sheets uses a twentieth of any of these.

    Sizes are bytes. `part_bytes` also bounds the time a hostile attribute costs in the XML parser, which grows with its
    square. `ratio` counts only from `ratio_from_bytes` on: small parts of an honest file compress very well.
    `box_cells` bounds the rectangle around a sheet's values, which is what a reader allocates.
    """

    file_bytes: int = 32 * MIB
    directory_bytes: int = MIB
    entries: int = 4_000
    part_bytes: int = 64 * MIB
    total_bytes: int = 192 * MIB
    ratio: int = 100
    ratio_from_bytes: int = 8 * MIB
    sheets: int = 250
    cells: int = 600_000
    elements: int = 4_000_000
    depth: int = 64
    box_cells: int = 4_000_000
    string_bytes: int = MIB
    shared_strings: int = 500_000
    text_characters: int = 64 * MIB
    reader_memory_bytes: int = 1024 * MIB
    reader_seconds: int = 30


DEFAULT_LIMITS = Limits()
