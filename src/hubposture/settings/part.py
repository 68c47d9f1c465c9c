"""What every table of settings has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1)]
Days = Annotated[int, Field(ge=0, le=3650)]
Share = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[int, Field(ge=1, le=86400)]


class Part(BaseModel):
    """A table of settings: frozen, strict, and no key it does not know."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, validate_default=False, hide_input_in_errors=True
    )
