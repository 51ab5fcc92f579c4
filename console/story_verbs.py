"""`stories`: running affairs over several articles; why they are one, and a person's word where they are not."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

import storage
from console.contract import moment
from console.options import (
    ConfigOption,
    JsonOption,
    MutedForOption,
    SinceOption,
    TermsOption,
    UntilOption,
    WhyOption,
    read_duration,
    settings_for,
)
from console.show import out, plain_table, print_json
from flows import judging
from flows.archive import check_names
from flows.opening import open_database
from flows.places_in_stories import what_it_adds, why_there
from flows.request import read_moment
from wirewatch.clock import utc_now
from wirewatch.wording import counted

KEY_DIGITS = 12

stories_app = typer.Typer(help="List stories, or mend them by hand.", no_args_is_help=False)

StoryArgument = Annotated[
    str, typer.Argument(help="A story's key, or that of an article in it; its beginning will do.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(stories_app, name="stories")


@stories_app.callback(invoke_without_command=True)
def stories(
    context: typer.Context,
    terms: TermsOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    at_least: Annotated[int, typer.Option(help="Only those with so many articles at least.")] = 1,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List stories, those with the newest article first."""
    if context.invoked_subcommand:
        return
    store = open_database(settings_for(config))
    check_names(store, terms=terms or ())
    found = store.stories(
        terms=terms or None,
        since=read_moment(since),
        until=read_moment(until, end=True),
        at_least=at_least,
        limit=limit or None,
    )
    if as_json:
        print_json([_story_form(story) for story in found])
        return
    rows = [
        (
            story.key.hex()[:KEY_DIGITS],
            Text(story.title),
            str(story.articles),
            Text(", ".join(story.sources)),
            Text(", ".join(story.terms)),
            f"{story.since:%Y-%m-%d %H:%M}",
            f"{story.until:%Y-%m-%d %H:%M}",
        )
        for story in found
    ]
    columns = ["story", "first article", "articles", "sources", "terms", "since (UTC)", "until"]
    out.print(plain_table(f"Stories ({len(found)})", columns, rows))


@stories_app.command("show")
def show(story: StoryArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The articles of a story, oldest first: why each is in it, and what its hits add."""
    members = open_database(settings_for(config)).story(story)
    if as_json:
        print_json({"story": members[0].story.hex(), "articles": [_article_form(member) for member in members]})
        return
    out.print(
        Text(f"story {members[0].story.hex()[:KEY_DIGITS]}: {counted(len(members), 'article')}", style="bold underline")
    )
    titles = {member.article.key: member.article.title for member in members}
    for member in members:
        article = member.article
        out.print(Text(f"\n{article.title}", style="bold"), soft_wrap=True)
        place = f"{article.source} · {member.dated_at:%Y-%m-%d %H:%M} UTC · id {article.key.hex()[:KEY_DIGITS]}"
        out.print(Text(place, style="dim"), soft_wrap=True)
        out.print(Text(f"  {why_there(member, titles)}"), soft_wrap=True)
        for hit in member.hits.values():
            out.print(Text(f"  • {hit.term}: {what_it_adds(hit)}"), soft_wrap=True)


@stories_app.command("merge")
def merge(
    into: StoryArgument,
    others: Annotated[list[str], typer.Argument(help="The stories that become part of it.")],
    config: ConfigOption = None,
) -> None:
    """Make several stories one."""
    store = open_database(settings_for(config))
    key = store.merge_stories([into, *others])
    out.print(f"story {key.hex()[:KEY_DIGITS]} has {counted(len(store.story(key.hex())), 'article')} now", markup=False)


@stories_app.command("split")
def split(
    articles: Annotated[list[str], typer.Argument(help="Articles' ids, or their beginnings.")],
    config: ConfigOption = None,
) -> None:
    """Make a story of its own of these articles."""
    key = open_database(settings_for(config)).split_story(articles)
    out.print(f"they are story {key.hex()[:KEY_DIGITS]} now", markup=False)


@stories_app.command("mute")
def mute(
    story: StoryArgument,
    lasting: MutedForOption = None,
    why: WhyOption = "",
    config: ConfigOption = None,
) -> None:
    """Store further hits in a story, and tell nobody."""
    store = open_database(settings_for(config))
    key = store.story(story)[0].story
    out.print(judging.mute_story(store, key, utc_now(), read_duration(lasting), why), markup=False)


@stories_app.command("unmute")
def unmute(story: StoryArgument, config: ConfigOption = None) -> None:
    """Tell of hits in a story again."""
    store = open_database(settings_for(config))
    out.print(judging.unmute_story(store, store.story(story)[0].story), markup=False)


def _story_form(story: storage.Story) -> dict[str, Any]:
    return {
        "story": story.key.hex(),
        "title": story.title,
        "articles": story.articles,
        "sources": list(story.sources),
        "terms": list(story.terms),
        "since": moment(story.since),
        "until": moment(story.until),
    }


def _article_form(member: storage.StoryArticle) -> dict[str, Any]:
    link = member.link
    return {
        "article": member.article.key.hex(),
        "source": member.article.source,
        "title": member.article.title,
        "url": member.article.url,
        "dated_at": moment(member.dated_at),
        "by_hand": member.by_hand,
        "linked_to": link.to.hex() if link else None,
        "linked_by": link.kind.value if link else None,
        "share": round(link.share, 3) if link else None,
        "words": list(link.words) if link else [],
        "hits": {term: hit.novelty.value for term, hit in member.hits.items()},
    }
