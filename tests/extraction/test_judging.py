"""What an extractor took for the article, judged: other stories and promotion go, lost paragraphs come back."""

from __future__ import annotations

from extraction import extract
from extraction.markup import parse_page
from extraction.second_opinion import completed, quick_text
from tests.extraction.test_pages import BODY, SEEN, URL, page, texts
from wirewatch.model import Article, Block, Item, Zone

STORY = [
    f"Paragraph {number} of the inquiry says that the harbour board had known of the broken strands since the spring, "
    f"and that {number} of its members had asked for a report on the cables before the season began."
    for number in range(1, 9)
]


def _paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(body: str) -> Article:
    return extract(Item("newsline", URL, page(body=body), "text/html; charset=utf-8", SEEN))


def test_promotion_between_paragraphs_is_furniture() -> None:
    promos = [
        '<p><a href="/a">Read more: Storm Edna reaches the coast</a></p>',
        '<p class="newsletter-promo"><a href="/n">Sign up for our newsletter, Morning Ferry</a></p>',
    ]
    article = read(BODY.replace("<h2>", "".join(promos) + _paragraphs(STORY) + "<h2>"))
    live = " ".join(block.text for block in article.blocks if block.zone is not Zone.FURNITURE)
    assert "Storm Edna" not in live
    assert "Morning Ferry" not in live
    assert "Storm Edna" in " ".join(texts(article, Zone.FURNITURE))


def test_prose_lists_and_quotations_stay() -> None:
    listed = "<ul><li>The eastern pier closes on Monday at noon.</li><li>The western pier closes a day later.</li></ul>"
    quoted = "<blockquote>“We will not wait for a second report,” the minister said.</blockquote>"
    article = read(BODY.replace("<h2>", listed + quoted + "<h2>"))
    body = " ".join(texts(article, Zone.BODY))
    for words in ("eastern pier closes", "western pier closes", "second report,"):
        assert words in body


NAMES = ["Abu Ahmad", "Taxi driver", "Ali Hassan"]


def _listed(items: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def test_the_short_items_of_a_list_within_the_prose_stay() -> None:
    body = " ".join(texts(read(BODY.replace("<h2>", _listed(NAMES) + _paragraphs(STORY) + "<h2>")), Zone.BODY))
    assert [name for name in NAMES if name not in body] == []


def test_the_short_items_of_a_list_that_the_article_ends_with_stay_if_they_are_announced() -> None:
    story = _paragraphs(STORY[:4])
    for announced in ("", "<p>The men were named by the court as:</p>"):
        article = read(f"<main><article><h1>h</h1>{story}{announced}{_listed(NAMES)}</article></main>")
        body = " ".join(texts(article, Zone.BODY))
        assert [name in body for name in NAMES] == [bool(announced)] * 3


def test_a_list_of_links_within_the_prose_is_furniture() -> None:
    links = _listed([f'<a href="/{number}">{name}</a>' for number, name in enumerate(NAMES)])
    article = read(BODY.replace("<h2>", links + _paragraphs(STORY) + "<h2>"))
    assert [name for name in NAMES if name in " ".join(texts(article, Zone.BODY))] == []


def test_nothing_that_is_left_out_is_lost() -> None:
    article = read(BODY.replace("<h2>", "<p><a href='/a'>Read more: Storm Edna reaches the coast</a></p><h2>"))
    assert "Storm Edna reaches the coast" in " ".join(block.text for block in article.blocks)


def test_a_part_that_two_others_agree_on_comes_back() -> None:
    html = page(body=f"<main><article><h1>h</h1>{_paragraphs(STORY)}</article></main>").decode()
    tree = parse_page(html)
    assert tree is not None
    found = [Block(text, Zone.BODY) for text in STORY[:2]]
    whole = completed(found, quick_text(html), tree)
    assert [block.text for block in whole if block.text in STORY] == STORY
    assert completed(whole, quick_text(html), tree) == whole
