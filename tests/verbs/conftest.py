"""Worlds that what must hold is tested in, for verbs that need a whole one."""

from holds.conftest import waivers_begun

__all__ = ["waivers_begun"]
