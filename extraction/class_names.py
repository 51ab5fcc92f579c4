"""What the class names and ids of a page's elements say: words that sites use everywhere; none is one site's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from lxml.html import HtmlElement

from extraction.cues import Cue

LONGEST_NAMES = 500
"""Characters of an element's class names and id that are looked at."""

PROMO_CLASS = Cue(
    r"promo|related|recommend|newsletter|share|social|comment|teaser|sponsor|advert|\bads?\b|banner|widget|subscri"
    r"|paywall|cookie|consent|footer|sidebar|most-?read|trending|popular|more-?(?:on|from|stories)"
    r"|read-?(?:more|next|also)|tags?\b|topics?\b|breadcrumb|signup|sign-up|follow|donat|embed|tweet|infobox|factbox"
    r"|author-?bio|about-?author|disclaimer|copyright|correction|listicle|summary"
)
PICTURE_CLASS = Cue(r"caption|credit|photo|image|picture|figure|gallery|slide|video|media|player|bild|foto")
META_CLASS = Cue(r"byline|author|date|time|meta|publish|kicker|rubri|categor|section|dateline|eyebrow|label")
BODY_CLASS = Cue(
    r"article-?_*body|articlebody|story-?_*body|entry-?_*content|post-?_*content|article-?_*content|article-?_*text"
    r"|paragraph|body-?text|content-?body|\btext\b|richtext|rich-text"
)
STANDFIRST_CLASS = Cue(
    r"standfirst|stand-first|sub-?(?:title|headline|heading)|\bdek\b|\bdeck\b|chapo|\blede\b|article-?_*(?:lead|intro|summary)"
    r"|sous-?titre|entradilla|bajada|vorspann|sottotitolo|\bingress|\bkicker-text|\bteaser-?text"
)
PROMO, PICTURE, META, BODY, STANDFIRST = 1, 2, 4, 8, 16
CLASSES = {
    PROMO: PROMO_CLASS,
    PICTURE: PICTURE_CLASS,
    META: META_CLASS,
    BODY: BODY_CLASS,
    STANDFIRST: STANDFIRST_CLASS,
}


def kinds_of(chain: Sequence[HtmlElement], reach: int) -> int:
    """Which of CLASSES the class names and ids of the nearest elements speak of, a bit each."""
    spoken = 0
    for element in chain[:reach]:
        spoken |= _kinds_in(element.get("class"), element.get("id"))
    return spoken


@lru_cache(maxsize=4096)
def _kinds_in(class_names: str | None, identity: str | None) -> int:
    names = f"{class_names or ''} {identity or ''}"[:LONGEST_NAMES].lower()
    return sum(bit for bit, cue in CLASSES.items() if cue.shows(names))
