"""Pages that keep their article back: behind consent, payment, a login, a test for robots, or scripts.

Short signs in many languages, none of one site. A page is walled only where it holds too little to be an article: that
an article carries such a sentence too says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from lxml.html import HtmlElement

from extraction.drafts import folded
from extraction.page_metadata import PageMetadata
from extraction.paragraphs import PageLine
from wirewatch.model import Block


class Wall(Enum):
    """What stands before the article; the value is how readers are told."""

    CONSENT = "the page shows a consent notice in place of the article"
    PAY = "the page shows only the beginning of an article for subscribers"
    ROBOT = "the page asks its reader to prove to be no robot"
    SCRIPT = "the page needs a browser (scripts) to show its text"


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


CONSENT = _any(
    r"\bcookies?\b|consent|our (?:\d+ )?partners|personal data|legitimate interest|privacy (?:policy|settings)",
    r"einwilligung|zustimm|akzeptier|unsere (?:\d+ )?partner",
    r"datenschutz|consentement|nos (?:\d+ )?partenaires|traceurs",
    r"consentimiento|nuestros (?:\d+ )?socios|datos personales|consentimento|nossos parceiros|consenso|nostri partner",
    r"dati personali|toestemming|onze partners|samtycke|samtykke|zgod[ęya]\b|partnerzy|çerez|kişisel veri|cookie-k",
    r"соглас|файлы куки|персональн\w+ данн|згод[ауи]|персональн\w+ дан|同意|クッキー|쿠키|개인정보|个人信息",
    r"ملفات تعريف الارتباط|الموافقة|עוגיות|הסכמה",
)
PAY = _any(
    r"subscribe to (?:continue|read|unlock)|subscribers? only",
    r"for subscribers|already (?:a )?subscribe|to continue reading",
    r"(?:log|sign) in to (?:read|continue)|become a (?:member|subscriber)",
    r"unlock this article|premium (?:article|content)",
    r"nur für abonnent|exklusiv für abonnent|jetzt weiterlesen",
    r"weiterlesen mit|bereits (?:ein )?abo|zugang freischalten",
    r"réservé (?:à nos|aux) abonn|la suite (?:est )?réserv|déjà abonné|abonnez-vous pour|article réservé|il vous reste",
    r"suscríb\w+ para|solo para suscriptores",
    r"exclusiv\w+ para (?:suscriptores|assinantes)|¿?ya eres suscriptor|já é assinante",
    r"riservat\w+ agli abbonati|abbonati per|sei già abbonato",
    r"alleen voor abonnees|al abonnee|tylko dla (?:prenumer|subskr)",
    r"для подписчиков|оформите подписку|для передплатників|оформіть передплату|abonelere özel|abone olun",
    r"会員限定|有料会員|구독자 전용|유료 회원|订阅(?:后|以)|付费(?:阅读|内容)|للمشتركين فقط|اشترك للقراءة|למנויים בלבד",
)
ROBOT = _any(
    r"captcha|(?:are|you're) (?:you )?(?:a |not a )?(?:robot|human)",
    r"verify (?:that )?you|access denied|unusual (?:traffic|activity)",
    r"checking your browser|zugriff verweigert|kein roboter|pas un robot",
    r"no eres un robot|acceso denegado|вы не робот|доступ запрещ",
)
SCRIPT = _any(r"javascript|enable js\b|unsupported browser|browser (?:is not|wird nicht) (?:supported|unterst)")

SHORT = 60
"""Words of what was found, under which one sign is enough."""
LONGEST_NOTICE = 600
"""Words of the longest consent notices; half of their paragraphs speak of consent."""
TEASER = 150
"""Words of the part that is free, at most, on a page that says it is to be paid for or asks for a subscription."""
SEVERAL = 3
BARE = 30
"""Visible words of a page that consists of scripts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is looked at to tell a wall: what was found, all that is visible, and what the page says of itself."""

    title: str
    """What the article is called, by its feed before the page: a wall has a heading of its own."""
    found: Sequence[Block]
    lines: Sequence[PageLine]
    page: PageMetadata
    tree: HtmlElement


def wall_of(shown: Shown) -> Wall | None:
    """What keeps the article back; None where nothing seems to."""
    text = " ".join(block.text for block in shown.found).lower()
    for heading in {shown.title, shown.page.title or ""} - {""}:  # what a heading says of itself proves nothing
        text = text.replace(heading.lower(), " ", 1)
    size = _size(text)
    if size < SHORT and _is_bare(shown, text):
        return Wall.SCRIPT
    if _speaks_of(shown.title, text):  # a notice does not: this is an article, or its beginning
        return Wall.PAY if size < TEASER and _is_to_be_paid(shown) else None
    if size < SHORT:
        seen = " ".join(line.text for line in shown.lines[:200]).lower()
        for sign, wall in ((ROBOT, Wall.ROBOT), (CONSENT, Wall.CONSENT), (PAY, Wall.PAY), (SCRIPT, Wall.SCRIPT)):
            if sign.search(text) or (not text and len(seen) < 20 * SHORT and sign.search(seen)):
                return wall
        return None
    speaking = sum(_size(block.text) for block in shown.found if CONSENT.search(block.text.lower()))
    if size < LONGEST_NOTICE and 2 * speaking >= size and len(CONSENT.findall(text)) >= SEVERAL:
        return Wall.CONSENT
    return None


def _is_bare(shown: Shown, text: str) -> bool:
    """Whether the page shows next to nothing and would by scripts, which it has or asks for."""
    if sum(_size(line.text) for line in shown.lines) >= BARE or ROBOT.search(text) or CONSENT.search(text):
        return False
    scripted = next(shown.tree.iter("script", "noscript"), None) is not None
    return (scripted and not text.strip()) or SCRIPT.search(text) is not None


def _speaks_of(title: str, text: str) -> bool:
    """Whether a third of the title's longer words stand in the text; of scripts without spaces, pairs of characters."""
    words = folded(title).split()
    said = {word for word in words if len(word) > 3}
    said |= {f"{one} {other}" for one, other in pairwise(words) if len(one) == len(other) == 1}
    there = folded(text)
    return bool(said) and 3 * sum(word in there for word in said) >= len(said)


def _size(text: str) -> int:
    """Words; in scripts without spaces, characters."""
    return len(folded(text).split())


def _is_to_be_paid(shown: Shown) -> bool:
    """The page's data says so, or a line asks for a subscription to read on."""
    return shown.page.paid or any(PAY.search(line.text.lower()) for line in shown.lines if len(line.text) < 300)
