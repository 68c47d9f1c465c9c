"""A while without the garbage collector, for work that makes very many objects which live on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Collect nothing meanwhile: the collector would walk everything that was made again and again, and free none of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
