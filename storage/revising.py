"""What revisions do to hits that were told: which sentences appeared, changed or are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from storage.verdicts import judge_hits, store_judgements
from wirewatch.model import Article, BodyFrom, Hit, Visibility
from wirewatch.stories import Compare, Judge, Traced

_STOPGAPS = frozenset({BodyFrom.FEED, BodyFrom.FEED_FALLBACK, BodyFrom.WALLED})


@dataclass(frozen=True, slots=True)
class Revision:
    """An article whose text has changed, before and after."""

    before: Article
    after: Article

    @property
    def completes(self) -> bool:
        """Whether the page has come to take the place of the feed's text: no editor has changed anything."""
        return self.before.body_from in _STOPGAPS and self.after.body_from not in _STOPGAPS


def changed_hits(
    revisions: Mapping[bytes, Revision],
    before: Mapping[bytes, Mapping[str, Hit]],
    found: Mapping[tuple[bytes, str], Hit],
    compare: Compare,
) -> tuple[Hit, ...]:
    """The hits whose matched sentences a revision has changed, with what it did; `before` are the live ones stored."""
    changed: list[Hit] = []
    for key in sorted(revisions):
        revision = revisions[key]
        if revision.completes:
            continue
        texts = [[block.text for block in article.blocks] for article in (revision.before, revision.after)]
        for term, hit in sorted(before.get(key, {}).items()):
            again = found.get((key, term))
            after = again if again and again.visibility is Visibility.LIVE else None
            change = compare(hit.matches, after.matches if after else (), *texts)
            if change is None:
                continue
            now = replace(hit, matches=after.matches, term_version=after.term_version) if after else hit
            changed.append(replace(now, change=change))
    return tuple(changed)


def judge_and_store(
    connection: Connection, traced: Iterable[Traced], new: Sequence[Hit], changed: Sequence[Hit], judge: Judge
) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
    """The new and the changed hits as judged.

    A changed hit says something again, as if it were new; where sentences are only gone, readers hear of it if they
    heard of the hit.
    """
    says_more = [hit for hit in changed if hit.change and (hit.change.appeared or hit.change.changed)]
    says_less = [hit for hit in changed if hit not in says_more and not hit.is_folded]
    judged = judge_hits(connection, traced, [*new, *says_more], judge)
    store_judgements(connection, says_less)
    return judged[: len(new)], (*judged[len(new) :], *says_less)
