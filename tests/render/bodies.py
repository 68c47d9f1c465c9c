"""A body with hostile text in every place that takes text."""

from hypothesis import strategies as st

from hubposture.work.body import Body, Bullets, Grid, Heading, Link, Literal, Paragraph, Plain
from render.documents import HOSTILE as DOCUMENTS

HOSTILE = (
    *DOCUMENTS, "{code}rm -rf{code}", "{color:red}x{color}", "[~admin]", "[x|http://evil.example]", "!http://evil.example/x.png!",
    "h1. head", "bq. quote", "*bold*", "_em_", "??cite??", "-gone-", "+ins+", "^up^", "~down~", "||head||", "|cell|",
    "\\\\", "\\{", "&#123;code&#125;", "&lt;b&gt;", "ABC-123", "mailto:kim@example.com", ":)", ";)", "(y)", "(/)", ":P",
    "\ud800", "\uffff", "{{x}}", "----", "x" * 3_000, "file:///etc/passwd", "javascript:alert(1)", "arn:aws:iam::1:Policy/x",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet="aB1_@#.|`*-=<>[]{}()!?&;\\~^+%:/\n\x1b\x9b\u202e\ud800 🙂", max_size=24),
    st.text(max_size=12),
)
SPANS = st.one_of(
    st.builds(Plain, TEXTS, st.booleans()),
    st.builds(Literal, TEXTS),
    st.builds(Link, TEXTS, st.one_of(TEXTS, TEXTS.map("https://example.com/{}".format))),
)
LINES = st.lists(SPANS, max_size=4).map(tuple)
GRIDS = st.integers(1, 3).flatmap(
    lambda wide: st.builds(
        Grid,
        st.lists(TEXTS, min_size=wide, max_size=wide).map(tuple),
        st.lists(st.lists(LINES, min_size=wide, max_size=wide).map(tuple), max_size=4).map(tuple),
        st.integers(0, 3),
    )
)
BLOCKS = st.one_of(
    st.builds(Heading, TEXTS),
    st.builds(Paragraph, LINES),
    st.builds(Bullets, st.lists(LINES, max_size=4).map(tuple)),
    GRIDS,
)
BODIES = st.lists(BLOCKS, max_size=5).map(lambda blocks: Body(tuple(blocks)))


def body(text: str) -> Body:
    return Body(
        (
            Heading(text),
            Paragraph(
                (Plain(text), Plain(text, is_strong=True), Literal(text), Link(text, "https://example.com/a?b=c d"))
            ),
            Paragraph((Link("see", text),)),
            Bullets(((Plain(text),), (Literal(text),))),
            Grid((text, "Number"), (((Literal(text),), (Plain("1"),)), ((Plain(text),), ())), more=3),
        )
    )


def long(rows: int) -> Body:
    """A heading, a table of so many rows, a list, and a last word."""
    table = tuple(((Literal(f"arn:aws:s3:::bucket-{row}"),), (Plain(f"acme-{row}"),)) for row in range(rows))
    points = tuple((Plain(f"point {row}"),) for row in range(5))
    return Body(
        (Heading("Resources"), Grid(("Resource", "Account"), table), Bullets(points), Paragraph((Plain("The end."),)))
    )
