"""Why an article is in its story, and what its hits add, in words."""

from __future__ import annotations

from collections.abc import Mapping

import storage
from wirewatch.model import Article, Hit
from wirewatch.novelty import Novelty
from wirewatch.stories import LinkKind

_KEY_DIGITS = 12

_ADDS = {
    Novelty.NEW: "new: the first of its story",
    Novelty.DEVELOPMENT: "a development",
    Novelty.SAME_STORY: "the same story from another source; it adds nothing to article {}",
    Novelty.DUPLICATE: "a duplicate: the same text as article {}",
}


def what_it_adds(hit: Hit) -> str:
    """What readers gain from a hit."""
    return _ADDS[hit.novelty].format(hit.original.hex()[:_KEY_DIGITS] if hit.original else "")


def why_there(member: storage.StoryArticle, titles: Mapping[bytes, str] | None = None) -> str:
    """Why an article is in its story; `titles` are those of the articles that may be named."""
    if member.by_hand:
        return "here because a person said so"
    link = member.link
    if link is None:
        return "here because its story begins with it"
    title = (titles or {}).get(link.to)
    other = f"“{title}” ({link.to.hex()[:_KEY_DIGITS]})" if title else f"article {link.to.hex()[:_KEY_DIGITS]}"
    if link.kind is LinkKind.TEXT:
        return f"here because {link.share:.0%} of the shorter text's phrases are also in {other}"
    return f"here because its opening is like that of {other} ({link.share:.2f}); both have: {', '.join(link.words)}"


def story_lines(store: storage.Store, article: Article, term: str) -> list[str]:
    """An article's story, as `explain` says it of one term."""
    place = store.place_in_story(article.key)
    if place is None:
        return []
    lines = [f"story {place.story.hex()[:_KEY_DIGITS]}: {why_there(place)}"]
    hit = place.hits.get(term)
    return [*lines, f"this hit is {what_it_adds(hit)}"] if hit else lines
