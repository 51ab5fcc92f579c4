import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.fragments import fragment_blocks, parsed_blocks
from wirewatch.model import Block, Zone

WORDS = st.sampled_from(
    ["Ferry", " sails ", "at\nnine", "&amp;", "&#8217;s", "&nbsp;", "№ 5", " ", "1 &lt; 2", "<br/>"]
)
INLINE = st.sampled_from([('<a href="https://a.example/?b=1&amp;c">', "</a>"), ("<b>", "</b>"), ("<em>", "</em>")])
BLOCKS = st.sampled_from([("<p>", "</p>"), ("<div class='x y'>", "</div>"), ("<blockquote>", "</blockquote>")])
TEXTS = st.lists(st.one_of(WORDS, st.tuples(INLINE, WORDS).map(lambda own: own[1].join(own[0]))), max_size=5).map(
    "".join
)
FRAGMENTS = st.lists(st.one_of(TEXTS, st.tuples(BLOCKS, TEXTS).map(lambda own: own[1].join(own[0]))), max_size=5)


@given(FRAGMENTS.map("".join).filter(lambda fragment: "<" in fragment))
def test_what_is_read_without_a_parser_is_what_a_parser_reads(fragment: str) -> None:
    assert fragment_blocks(fragment) == parsed_blocks(fragment)


@pytest.mark.parametrize(
    "fragment",
    [
        "<h2>Ferry</h2><p>It sails.</p>",
        "<figure><img src='a.png'><figcaption>A ferry</figcaption></figure><p>It sails.</p>",
        '<p title="a > b">It sails.</p>',
        "<p>It sails.<script>track('<p>')</script></p>",
        "<<b>p>It sails.",
        "<!-- <p>a</p> -->It sails.",
    ],
)
def test_what_takes_a_parser_gets_one(fragment: str) -> None:
    assert fragment_blocks(fragment) == parsed_blocks(fragment)


def test_entities_and_lines() -> None:
    fragment = "<p>Trade &amp; talks<br>go <b>on</b></p><p> </p><div>here</div>"
    lines = ["Trade & talks", "go on", "here"]
    assert fragment_blocks(fragment) == [Block(line, Zone.BODY) for line in lines]
