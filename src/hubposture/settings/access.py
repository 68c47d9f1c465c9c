"""Who is who for the access rules, and where they hold."""

from pydantic import Field

from hubposture.access.people import People
from hubposture.settings.fields import Name
from hubposture.settings.part import Part

Names = tuple[Name, ...]


class AccessSettings(Part):
    """Who is who for the access rules, and where they hold."""

    enforce: bool = Field(
        default=False,
        description="Whether the command line asks the rules before it approves, extends or revokes waivers, asks for "
        "approval, applies or syncs tickets, and shows only what one may view; needs a ledger in PostgreSQL, for with a file of one's own one is alone.",
    )
    services: Names = Field(
        default=(),
        description="The names under which pipelines and the service run: where `enforce` holds, these alone and those who "
        "may `administer` run `hubposture run` and `hubposture listen`, and these see everything on the command line.",
    )
    users: dict[Name, Names] = Field(
        default_factory=dict,
        description='The groups of people by their name or address: `"kim@example.com" = ["analyst", "team-web"]`; roles '
        "and teams are groups.",
    )
    groups: dict[Name, Names] = Field(
        default_factory=dict,
        description='The groups in which a group is: `"Cloud Security" = ["analyst"]` makes a role of a group of the '
        "identity provider.",
    )
    places: dict[Name, Names] = Field(
        default_factory=dict,
        description="The OUs (a path or an id) and account ids of a person or of a group: what rules call "
        "principal.units and principal.accounts.",
    )

    @property
    def people(self) -> People:
        """Everybody, as the rules take them."""
        return People(self.users, self.groups, self.places)
