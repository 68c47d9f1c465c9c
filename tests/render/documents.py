"""A document with hostile text in every place that takes text."""

from hypothesis import strategies as st

from hubposture.views.document import Code, Document, Heading, Lines, Table, Text, Tone

HOSTILE = (
    "\x1b[2Jgone", "\x9b31mred", "a\x07b", "line\nbreak", "tab\there", "@acme/security", "kim@example.com", "#1", "GH-7",
    "https://evil.example/x", "www.evil.example", "<img src=x>", "[text](https://evil.example)", "![x](y)", "| cell |",
    "`code`", "**bold**", "__b__", "~~gone~~", "- item", "1. item", "12) item", "+ item", "* item", "> quote", "# head",
    "---", "===", "&lt;", "\\", "\\|", "$x$", "\u202etxt.exe", "\u2066x\u2069", "", " ", "arn:aws:s3:::acme-*", "é漢🙂",
    ":::", "```", "<!-- x -->", "    code", "a  b",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet="ab1@#.|`*_-=<>[]()!&\\~$:/+\n\x1b\x9b\u202e ", max_size=20),
    st.text(max_size=12),
)


def document(text: str) -> Document:
    return Document(
        text,
        [
            Heading(text),
            Lines([text, Text(text, Tone.BAD)]),
            Table(
                (text, "Number"), [[text, "1"], [Text(text, Tone.STRONG), Text("2", Tone.WARN)]], frozenset({1}), more=3
            ),
            Code("hubposture plan"),
        ],
        {"text": text, text: 1},
    )
