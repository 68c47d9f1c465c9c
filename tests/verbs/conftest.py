"""Worlds that what must hold is tested in, for verbs that need a whole one; and a lake, for those that need no more."""

from holds.conftest import waivers_begun
from lake.conftest import books, place, reader, writer

__all__ = ["books", "place", "reader", "waivers_begun", "writer"]
