"""What the docs tell git is what hubposture itself would."""

import re
from pathlib import Path

from hubposture.baseline.attributes import CONFIGURATION

PAGE = Path(__file__).parents[2] / "docs" / "git.md"


def test_the_shown_configuration_is_the_one_that_works() -> None:
    shown = re.findall(r'^git config (\S+) "(.+)"$', PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert tuple(shown) == CONFIGURATION
