"""The pages that links in alerts lead to: what a reader can say of an article's hits; and the terms' feeds.

A GET shows a form and changes nothing, as mail scanners follow every link; only the form's POST acts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from html import escape

from aiohttp import web

import alerts
import storage
from alerts.links import AnswerLinks
from flows import judging
from wirewatch.clock import Clock
from wirewatch.errors import WirewatchError
from wirewatch.model import Article, Visibility
from wirewatch.telling import HitName, Judgement

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
}
_LARGEST_FORM = 4096
_FEED_LENGTH = 100
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


class AnswerPages:
    """The web application; every request is one transaction or two."""

    def __init__(self, store: storage.Store, links: AnswerLinks, clock: Clock) -> None:
        self.store = store
        self.links = links
        self.clock = clock
        self.app = web.Application(client_max_size=_LARGEST_FORM)
        self.app.router.add_get("/answer/{token}", self._show, allow_head=False)
        self.app.router.add_get("/feed/{token}", self._feed)
        self.app.router.add_post("/answer/{token}", self._act)

    async def _show(self, request: web.Request) -> web.Response:
        return await self._answered(request, _form)

    async def _act(self, request: web.Request) -> web.Response:
        form = await request.post()
        wanted = str(form.get("do", ""))
        return await self._answered(request, lambda article, hits: _said(article, self._do(wanted, hits)))

    async def _answered(self, request: web.Request, body: Callable[[Article, list[HitName]], str]) -> web.Response:
        def work() -> str:
            key = self.links.read(request.match_info["token"], self.clock())
            article = self.store.article(key)
            if article is None:
                raise WirewatchError("this article is no longer in the archive")
            return body(article, judging.live_hits(self.store, article))

        try:
            return _page(await asyncio.to_thread(work))
        except WirewatchError as error:
            return _page(f"<p>{escape(str(error))}</p>", status=403)

    async def _feed(self, request: web.Request) -> web.Response:
        def work() -> bytes:
            term = self.links.read_feed(request.match_info["token"])
            found = self.store.hits(terms=[term], visibility=Visibility.LIVE, limit=_FEED_LENGTH)
            return alerts.render_atom(term, found, self.clock(), self.links.feed_of(term))

        try:
            feed = await asyncio.to_thread(work)
        except WirewatchError as error:
            return _page(f"<p>{escape(str(error))}</p>", status=403)
        return web.Response(body=feed, content_type="application/atom+xml", charset="utf-8", headers=_HEADERS)

    def _do(self, wanted: str, hits: list[HitName]) -> str:
        now, (what, _, name) = self.clock(), wanted.partition(":")
        term = next((term for _, term in hits if term == name), None)
        match what:
            case "seen":
                return judging.judge(self.store, hits, Judgement.ACKNOWLEDGED, now)
            case "irrelevant":
                return judging.judge(self.store, hits, Judgement.IRRELEVANT, now)
            case "story":
                return judging.mute_story_of(self.store, hits, now, _WEEK, "by a link in an alert")
            case "day" if term:
                return judging.mute_term(self.store, term, now, _DAY, "by a link in an alert")
            case "week" if term:
                return judging.mute_term(self.store, term, now, _WEEK, "by a link in an alert")
        raise WirewatchError("nothing was changed: that is none of the answers")


def serve(store: storage.Store, links: AnswerLinks, clock: Clock, host: str, port: int) -> None:
    """Serve the pages until a signal comes."""
    web.run_app(AnswerPages(store, links, clock).app, host=host, port=port, print=None, access_log=None)


def _form(article: Article, hits: list[HitName]) -> str:
    terms = [term for _, term in hits]
    buttons = [("seen", "Seen: no digest need tell it"), ("irrelevant", "Not relevant")]
    buttons += [("story", "Mute its story for a week")]
    for term in terms:
        buttons += [(f"day:{term}", f"Mute “{term}” for a day"), (f"week:{term}", f"Mute “{term}” for a week")]
    shown = "".join(
        f'<p><button name="do" value="{escape(value)}">{escape(label)}</button></p>\n' for value, label in buttons
    )
    found = f"Hits: {escape(', '.join(terms))}" if terms else "No hits any more."
    about = f"<h1>{escape(article.title)}</h1>\n<p>{escape(article.source)} · {found}</p>"
    return f'{about}\n<form method="post">\n{shown}</form>'


def _said(article: Article, done: str) -> str:
    return f"<h1>{escape(article.title)}</h1>\n<p>Done: {escape(done)}.</p>"


def _page(body: str, status: int = 200) -> web.Response:
    text = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>wirewatch</title>'
        '<meta name="viewport" content="width=device-width"></head>\n'
        f'<body style="font-family:sans-serif;max-width:40em;margin:2em auto;padding:0 1em">\n{body}\n</body></html>\n'
    )
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)
