"""A while without the garbage collector."""

import gc

import pytest

from hubposture.verbs.undisturbed import undisturbed


def test_nothing_is_collected_meanwhile_and_it_is_as_it_was_afterwards_whatever_happens() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="off"), undisturbed():
        raise ValueError("on" if gc.isenabled() else "off")
    assert gc.isenabled()
    gc.disable()
    with undisturbed():
        pass
    assert not gc.isenabled()
    gc.enable()
