"""Short multilingual signs of furniture, bylines, captions and dates: words any site uses, none of one site."""

from __future__ import annotations

import re
from collections.abc import Iterator

REACH = 200
"""Characters of a line in which signs of furniture are looked for: it says early what it is."""


class Cue:
    """Signs, any of which shows what is meant; written as the alternatives of regular expressions, in lower case.

    Most of them hold a word that must stand in the text: to look for that first costs a tenth of trying them all.
    """

    def __init__(self, *parts: str) -> None:
        by_needle: dict[str, list[str]] = {}
        for alternative in _alternatives("|".join(parts)):
            by_needle.setdefault(_needle(alternative), []).append(alternative)
        without = by_needle.pop("", [])
        self._by_needle = [(needle, re.compile("|".join(those))) for needle, those in by_needle.items()]
        self._others = [re.compile("|".join(without))] if without else []

    def shows(self, text: str) -> bool:
        """Whether a text in lower case shows one of the signs."""
        tried = [pattern for needle, pattern in self._by_needle if needle in text]
        return any(pattern.search(text) for pattern in (*tried, *self._others))


def _alternatives(expression: str) -> Iterator[str]:
    """What the bars outside of groups part."""
    depth, begin = 0, 0
    for token in re.finditer(r"\\.|\[[^\]]*\]|[()|]", expression):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0] == "|" and not depth:
            yield expression[begin : token.start()]
            begin = token.end()
    yield expression[begin:]


def _needle(alternative: str) -> str:
    """The longest run of characters that stand in whatever the alternative matches; empty where there is none."""
    plain = re.sub(r"\\.|\[[^\]]*\]", "\0", alternative)
    while plain != (plain := re.sub(r"\([^()]*\)", "\0", plain)):
        pass
    plain = re.sub(r".?(?:[?*+]|\{[^}]*\})|[.^$]", "\0", plain)
    return max(plain.split("\0"), key=len)


def shows(cue: Cue, text: str, reach: int | None = None) -> bool:
    """Whether a line shows one of these signs, in any case; in its first `reach` characters."""
    lower = text[:reach].lower().replace("i\u0307", "i")  # so Python writes the small form of the Turkish İ
    return cue.shows(lower)


FURNITURE = Cue(
    # copyright and terms
    r"©|\(c\)\s*(?:19|20)\d\d|copyright|all rights reserved|alle rechte|tous droits",
    r"derechos reservados|direitos reservados",
    r"diritti riservati|все права|всі права|wszelkie prawa|tüm hakları|版权|版權|著作権|無断転載",
    r"저작권|무단 ?전재|حقوق (?:النشر|الطبع)|جميع الحقوق|כל הזכויות",
    r"terms of (?:use|service)|privacy policy|datenschutz|impressum|mentions légales|aviso legal",
    r"политика конфиденциальности",
    # subscriptions and accounts
    r"\bsubscri(?:be|ption)|newsletter|sign (?:up|in)\b|log ?in\b|free trial|\babonn|\bsuscr[ií]b",
    r"suscripci|\bassine\b|\babbonat|iscriviti",
    r"подпис(?:ат|ыва|ка|ывай)|рассылк|підпис(?:ат|ка|уйт)|prenumer|abone ol|inscrivez-vous",
    r"inscription gratuite|jetzt anmelden|registrieren",
    r"订阅|訂閱|登录|登入|購読|登録|구독|로그인|اشترك|النشرة البريدية|الاشتراك|הירשמו|הרשמ",
    # consent and advertising
    r"\bcookies?\b|advertis(?:e)?ment|\bsponsored\b|\bpromoted\b|\banzeige\b|\bwerbung\b|publicit[ée]",
    r"publicidad|pubblicità|реклама|реклам[ау]\b|廣告|广告|広告|광고|إعلان",
    # sharing and player controls
    r"\bshare (?:this|on|via)|\bfollow us\b|copy (?:the )?link|\bfacebook\b|\btwitter\b|whatsapp",
    r"telegram[- ]?(?:channel|kanal|канал)|\bпо(?:делиться|ширити)\b|partag(?:er|ez)|\bteilen\b",
    r"comparti[rd]|condividi|udostępnij|paylaş|分享|シェア|공유|شارك",
    r"javascript|\bplay video\b|skip to (?:main )?content|back to top|zum inhalt|nach oben",
    # reading on, elsewhere
    r"\bread (?:more|also|next)|\balso read\b|related (?:articles?|stories|topics|content)",
    r"recommend(?:ed|ation)|most (?:read|popular)|trending|up next|mehr (?:zum thema|lesen)",
    r"lesen sie auch|meistgelesen",
    r"à lire aussi|lire aussi|lire la suite|sur le même sujet|lea también|lee también",
    r"te puede interesar|más leíd|leia (?:também|mais)|leggi anche|potrebbe interessarti",
    r"czytaj (?:też|także|więcej)",
    r"читайте (?:также|ещё|еще)|читать далее|по теме|читайте також|相关(?:阅读|新闻)|延伸閱讀",
    r"相關新聞|関連記事|あわせて読みたい|관련 ?기사|اقرأ (?:أيضا|المزيد)|مواضيع ذات صلة|קראו עוד",
    r"devamını oku|ilgili haber",
    # readers' voices and mistakes
    r"^\W*(?:\d+ )?comments?\W*$|leave a (?:comment|reply)|kommentare?\b|comentarios|commentaires",
    r"комментари|コメント|评论|댓글|تعليق(?:ات)?$",
    r"contact us|report (?:an? )?(?:error|mistake|typo)|donate|support (?:us|our)",
    r"download (?:the|our) app",
)

READING_TIME = Cue(
    r"\b\d+\s*[- ]?(?:min(?:s|ute[ns]?|utos?|uti|uut)?\b\.?|мин(?:ут[аы]?)?\b|хв\b|dakika|分钟|分鐘|分で読|분\b"
    r"|دقائق|دقيقة|דקות)(?:\W+(?:\w+\W*){0,3})?$",
)

BYLINE = re.compile(
    r"^(?:(?:written|reported|reporting|edited|editing|published|posted|story|text|report|analysis)\s+by|by|von|text(?:\s+von)?|par|por"
    r"|di|da|door|av|af|przez|redacción|redaktion|author|autor(?:in|a)?|auteure?|autore|автор(?:ы|ка)?|текст|редактор"
    r"|yazan|penulis|oleh|بقلم|كتب(?:ت)?|الكاتب|تحرير|מאת|文|作者|記者|记者|撰文|编辑|編輯|責任編輯|责任编辑|取材|筆者|기자|글)"
    r"(?:\b|(?=[：/]))[\s:：/／]*",
    re.IGNORECASE,
)
"""The words a byline begins with; what follows is the name."""

PICTURE_WORDS = (
    *("photo(?:graph)?", "picture", "image", "foto", "fotos", r"fotograf\w*", "bild", "imagen", "immagine", "crédit"),
    *("credit", "courtesy", "source", "quelle", "fuente", "фото", "зображення", "zdj"),
)
AGENCIES = (
    *("afp", "ap", "epa", "efe", "ansa", "dpa", "tass", "getty(?: images)?", "reuters", "imago", "shutterstock"),
    *("xinhua", "kyodo", "picture alliance", "anadolu", "unsplash", "istock"),
)
CREDIT = Cue(
    *(rf"\b{word}\b\s*(?:by|credits?|von|de|di)?\s*[:：/|©]" for word in PICTURE_WORDS),
    *(rf"(?:/|\||©|\(|,|\.|–|-)\s*{agency}\b[^.]{{0,30}}\)?\.?$" for agency in AGENCIES),
    *(
        rf"{word}\s*(?:来源|來源)?\s*[:：/／=＝]"
        for word in ("图", "圖", "图片", "图源", "圖片", "写真", "照片", "資料照片", "사진")
    ),
    *(rf"{agency}\s*(?:图|摄|照片)" for agency in ("新华社", "法新社", "路透社?")),
    r"الصورة\s*:|صورة\s*:",
    *(rf"\({agency}\)$" for agency in ("رويترز", "أ ف ب", "الفرنسية", "أسوشيتد برس")),
    r"צילום\s*:",
)

DATE = Cue(
    r"\b(?:19|20)\d\d\b",
    r"\b\d{1,2}\s*[./-]\s*\d{1,2}\s*[./-]\s*(?:\d\d){1,2}\b",
    r"\b\d{1,2}:\d{2}\b",
    r"(?:19|20)\d\d\s*[年년]|\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일]|[٠-٩]{4}",
)

ADDRESS = Cue(r"https?://|www\.|\S@\S+\.\w|[@#](?<!\S[@#])\w{3,}")

WALL = Cue(
    r"\bcookies?\b|\bconsent\b|einwilligung|zustimm|consentement|consentimiento|consenso|согласие",
    r"同意",
    r"javascript|enable (?:js|scripts)|\bad ?blocker|captcha|are you (?:a )?(?:robot|human)",
    r"access denied|zugriff verweigert",
    r"(?:log|sign) in to|subscribe to (?:read|continue)|subscribers only|to continue reading|abonnés",
    r"suscriptores|подписчик",
    r"page not found|404|seite nicht gefunden|página no encontrada|page introuvable",
    r"страница не найдена",
)
"""What a page says that shows a notice in place of its article."""
