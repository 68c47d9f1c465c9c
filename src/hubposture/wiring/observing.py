"""Where verbs only observe: scopes are resolved only where the settings name one."""

from collections.abc import Callable, Collection

from hubposture.model.targets import Target
from hubposture.verbs.plan import Planned

Holds = Callable[[Collection[str]], bool]


def observed(named: Collection[str], holds: Holds, planned: Callable[[], Planned]) -> Callable[[Target], bool]:
    """Whether a target is only observed. `named` are the entries of the setting, `holds` says so of a target's scopes.

    `planned` surveys and plans; it is asked once, and only where a scope is named.
    """
    if not set(named) - {"*"}:
        return lambda _: bool(named)
    found: list[Planned] = []

    def is_observed(target: Target) -> bool:
        if not found:
            found.append(planned())
        try:
            scopes = [name for name, _ in found[0].resolution.scopes_at(target)]
        except KeyError:
            return True  # a target that the organization does not have now: nobody knows its scopes
        return holds(scopes)

    return is_observed
