"""How changes of teams.yaml are proposed."""

from pydantic import Field

from hubposture.settings.fields import Name
from hubposture.settings.part import Part


class OwnerSettings(Part):
    """How changes of teams.yaml are proposed."""

    branch: Name = Field(
        default="hubposture/owners", description="The branch that gets the commits of `hubposture owners reassign`."
    )
    remote: str = Field(default="", description="The git remote to which that branch is pushed; empty for no push.")
