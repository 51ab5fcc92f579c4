"""Pages that keep their article back say so, and the feed's text stands in."""

from __future__ import annotations

import pytest

from extraction import extract
from tests.extraction.test_pages import BODY, SEEN, URL, page, texts
from wirewatch.errors import ExtractionError
from wirewatch.model import Article, BodyFrom, Item, Zone

TITLE = "Ferry cables broken on the Ohrid crossing"
HEAD = f'<title>{TITLE}</title><meta name="description" content="Two cables are worn.">'
FEED = "<p>The operator of the Ohrid ferry will replace both cables, the transport ministry said.</p>"

CONSENT = {
    "en": "We and our 842 partners use cookies to store personal data. You may give your consent or refuse.",
    "de": "Wir und unsere 842 Partner verwenden Cookies. Mit Ihrer Einwilligung verarbeiten wir Daten.",
    "fr": "Avec votre consentement, nos 842 partenaires et nous utilisons des cookies ou traceurs.",
    "es": "Con su consentimiento, nosotros y nuestros 842 socios usamos cookies y datos personales.",
    "it": "Noi e i nostri partner utilizziamo cookie con il tuo consenso per trattare dati personali.",
    "pl": "My i nasi partnerzy prosimy o zgodę na pliki cookie.",
    "ru": "Мы используем файлы куки и просим согласие на обработку персональных данных.",
    "ja": "当サイトはクッキーを使用します。同意してください。",
    "ar": "نستخدم ملفات تعريف الارتباط ونطلب الموافقة على ذلك.",
}
PAY = {
    "en": "Subscribe to continue reading. Already a subscriber? Log in.",
    "de": "Jetzt weiterlesen mit einem Abo. Sie haben bereits ein Abo?",
    "fr": "La suite est réservée aux abonnés. Déjà abonné ?",
    "es": "Suscríbete para seguir leyendo. Contenido exclusivo para suscriptores.",
    "ru": "Материал доступен только для подписчиков.",
    "ja": "この記事は会員限定です。",
    "ko": "구독자 전용 기사입니다.",
}


def read(body: str, *, head: str = HEAD, feed_html: str | None = None) -> Article:
    return extract(Item("newsline", URL, page(head, body, ""), "text/html; charset=utf-8", SEEN, feed_html=feed_html))


@pytest.mark.parametrize("language", CONSENT)
def test_a_consent_notice_is_not_the_article(language: str) -> None:
    body = f"<main><h1>Before you go on</h1><p>{CONSENT[language]}</p><button>OK</button></main>"
    article = read(body, feed_html=FEED)
    assert article.body_from is BodyFrom.WALLED
    assert texts(article, Zone.BODY) == [FEED.removeprefix("<p>").removesuffix("</p>")]
    assert CONSENT[language] in texts(article, Zone.FURNITURE)


def test_a_long_consent_notice_is_none_either() -> None:
    paragraphs = "".join(f"<p>{text} We ask for {n} purposes.</p>" for n, text in enumerate([CONSENT["en"]] * 12))
    article = read(f"<main>{paragraphs}</main>", feed_html=FEED)
    assert article.body_from is BodyFrom.WALLED
    assert "partners" not in " ".join(texts(article, Zone.BODY))


@pytest.mark.parametrize("language", PAY)
def test_a_paid_article_keeps_its_free_part_live_after_the_feeds(language: str) -> None:
    free = "Strands of the ferry cables on the Ohrid crossing were found broken when divers inspected them in May."
    body = f"<article><h1>{TITLE}</h1><p>{free}</p><p>{PAY[language]}</p></article>"
    article = read(body, feed_html=FEED)
    assert article.body_from is BodyFrom.WALLED
    assert article.note is not None
    assert "subscribers" in article.note
    live = " ".join(block.text for block in article.blocks if block.zone is not Zone.FURNITURE)
    assert "transport ministry" in live
    assert "divers inspected" in live


def test_without_the_feeds_text_the_pages_own_description_stands_in() -> None:
    article = read(f"<main><p>{CONSENT['en']}</p></main>")
    assert article.body_from is BodyFrom.WALLED
    assert article.title == TITLE
    assert texts(article, Zone.STANDFIRST) == ["Two cables are worn."]


def test_a_page_of_scripts_says_that_it_needs_a_browser() -> None:
    script = '<div id="app"></div><noscript>Enable JavaScript to run this app.</noscript><script src="app.js"></script>'
    article = read(script, feed_html=FEED)
    assert article.body_from is BodyFrom.WALLED
    assert article.note is not None
    assert "browser" in article.note
    with pytest.raises(ExtractionError, match="browser"):
        read(script, head="")


def test_a_test_for_robots_is_no_article() -> None:
    article = read("<main><h1>Are you a robot?</h1><p>Solve the captcha to go on.</p></main>", feed_html=FEED)
    assert article.body_from is BodyFrom.WALLED


def test_an_article_about_cookies_or_with_a_banner_is_an_article() -> None:
    banner = f"<div class='cookie'>{CONSENT['en']}</div>"
    assert read(BODY + banner).body_from is BodyFrom.PAGE
    law = "".join(
        f"<p>Judges of chamber {n} ruled that websites must ask for consent before cookies are set, and that a ticked "
        "box is none. The ruling binds every court of the union from the day on which it is published.</p>"
        for n in range(4)
    )
    head = "<title>Judges rule that cookies need consent before they are set</title>"
    article = read(f"<article><h1>Judges rule that cookies need consent</h1>{law}</article>", head=head)
    assert article.body_from is BodyFrom.PAGE
    short = "<article><h1>Judges rule on cookies</h1><p>Judges ruled on Friday that cookies need consent.</p></article>"
    assert "Friday" in " ".join(texts(read(short, head="<title>Judges rule on cookies</title>"), Zone.BODY))
