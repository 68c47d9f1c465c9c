"""The text of access.cedar by statement."""

from hypothesis import given
from hypothesis import strategies as st

from hubposture.access.statements import statements, tokens

SIGNS = st.text(alphabet='abAZ01"\\;/\n\t @(){}[]=!<>&|:.,é\u2028', max_size=60)


@given(SIGNS)
def test_no_sign_is_lost_but_blanks_and_comments(text: str) -> None:
    found = list(tokens(text))
    assert all(text[one.at : one.end] == one.text for one in found)
    assert [one for each in statements(text, "f") for one in each.tokens] == found


def test_semicolons_in_texts_and_comments_end_nothing() -> None:
    text = '// a; b\npermit(principal, action, resource) when { resource.owner == "a;\\"b" }; // c;\nforbid(principal);'
    first, second = statements(text, "access.cedar")
    assert (first.where, second.where) == ("access.cedar:2:1", "access.cedar:3:1")
    assert first.find(".", "owner") == "access.cedar:2:52"
    assert first.find("nowhere") == first.where
