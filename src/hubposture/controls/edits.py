"""The kinds of edits that controls need, in the order in which they are applied."""

from enum import StrEnum


class Kind(StrEnum):
    """What an edit is about; its key and values.

    `standard`: key (standard key,), values "on" | "off".
    `association`: key (standard key, control id), values "on" | "off"; `Edit.reason` becomes UpdatedReason.
    `parameters`: key (control id,), values are the complete custom values as sorted (name, value) pairs: a name that
    is missing from desired goes back to default.
    """

    STANDARD = "standard"
    ASSOCIATION = "association"
    PARAMETERS = "parameters"


STAGES = {Kind.STANDARD: 10, Kind.ASSOCIATION: 20, Kind.PARAMETERS: 30}
"""Standards first, then associations, then parameters: enabling a standard re-enables all its controls."""

ON = "on"
OFF = "off"
