"""A text's language by its commonest words, where they leave no doubt: at a hundredth of a classifier's cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_WORDS = {
    "LATIN": {
        "en": "the of and to in is that for on with was as by at from it he his they be are an has this have but not "
        "will were been its who their after had more when which said would about than into or we you she all while "
        "over during between against other some could no new also",
        "de": "der die das und den dem des ein eine einen einem einer im in von zu zum zur mit auf für ist sich nicht "
        "auch es an als bei aus nach wird werden hat haben war sind sei wurde über dass wie er sie noch nur am",
        "fr": "le la les des du de un une et est à au aux en dans pour par que qui sur avec pas ce cette ces son sa "
        "ses ont été plus il elle se ne sont d l s n a",
        "es": "el la los las del de un una y en que es se por con para su sus lo al como más pero fue ha han no sobre "
        "este esta entre son según está",
        "pt": "o a os as do da dos das de um uma e em no na nos nas que é se por com para seu sua ao à mais mas foi "
        "não são pelo pela como sobre segundo",
        "it": "il lo la gli le i del della dei delle degli dell di un una e è in nel nella che si per con non da dal "
        "dalla al alla ha hanno sono come più anche su sul questo",
        "nl": "de het een en van in is op te dat die voor met zijn niet aan er om ook als bij door naar uit heeft "
        "hebben wordt worden maar nog werd deze over",
        "gl": "o a os as do da dos das de un unha e en no na que é se por con para seu súa ao á máis mais foi non son "
        "polo pola como sobre segundo",
        "ca": "el la els les del dels de un una i en que és es per amb al als com més però va ha no sobre aquest "
        "aquesta entre són segons",
        "af": "die van en het in is op te dat vir met sy nie aan om ook as by deur na uit word maar nog hierdie oor "
        "'n was wat hulle sal",
        "lb": "den der déi d'eng en an vun zu mat op fir ass sech net och et als bei aus no gëtt ginn huet hunn war "
        "sinn gouf iwwer datt wéi hien si nach nëmmen am",
        "oc": "lo la los las del de un una e es en que per amb dins se non pas son sa sos sas mai mas al als aquel",
        "ro": "a al ale în și de la cu pe că este nu un o din pentru care se au fost sau mai după prin",
        "da": "og i at det er en til på som de med for den af har der ikke et var han fra sig om men kan vil ved",
        "sv": "och i att det är en till på som de med för den av har inte ett var han från sig om men kan vid",
    },
    "CYRILLIC": {
        "ru": "и в во не на что с со он она как по к из за от о об это этого у же был была были было будет для до его "
        "их её но или при также после которые который которая того чем сообщил говорится",
        "uk": "і й в у не на що з із зі він вона як по до від про це цього за та є був була були було буде для його "
        "їх але або при також після які який яка того ніж повідомив",
        "bg": "в във на че със той тя към от за това се са е беше бяха ще да го ги също след които който която като "
        "през съобщи",
        # Without what it shares with Ukrainian: a text in either is told, or in doubt.
        "be": "ў што з са ён яна па да ад пра гэта ды быў была былі будзе яго іх або пры таксама пасля якія які якая",
        "mk": "и во не на дека со тој таа како по од за ова се е беше ќе да го ги но или при исто кои кој што",
        "sr": "и у не на да са он она како по од за ово се је био била су ће га их али или при такође после који "
        "које што",
    },
    "ARABIC": {
        "ar": "في من على إلى أن عن مع هذا هذه التي الذي ما لا كان كانت قد بعد قبل بين كما أو لم هو هي ذلك حيث خلال "
        "بأن إن وقد ولم وفي ومن",
        "fa": "و در به از که این را با است برای آن یک تا می بر خود شد شده هم کرد نیز اما یا بود او پس هر ها های",
        "ur": "کے کی میں کا سے نے کو پر ہے کہ اور ہیں یہ اس ایک بھی تھا تھی نہیں ان وہ گیا کر لیے تک",
        "ps": "د په او چې له دا کې ته هم سره یې وو دي شوی خو یا",
        "ckb": "لە و بە بۆ کە ئەو لەگەڵ ئەم دا بوو",
        "sd": "جي ۾ جو کي آهي سان تي ۽ ته هن کان جا",
    },
}
COMMON_WORDS = {
    script: {language: frozenset(words.split()) for language, words in languages.items()}
    for script, languages in _WORDS.items()
}
"""By script and language. Of some it is not told that a text is theirs: they keep it from being taken for another's."""
TOLD = frozenset({"en", "de", "fr", "es", "pt", "it", "nl", "ru", "uk", "bg", "ar", "fa", "ur"})
LEAST_WORDS = 4
LEAST_SHARE = 0.15
NEXT_MOST = 0.6
"""How many as the language's words those of the next one may be, many words being common to several."""


def language_by_words(words: Iterable[str], script: str = "LATIN") -> str | None:
    """The language of a text, given its words in small letters; None unless they leave no doubt."""
    languages = COMMON_WORDS.get(script)
    if languages is None:
        return None
    times = Counter(words)
    counts = {language: sum(times[word] for word in common & times.keys()) for language, common in languages.items()}
    (first, most), (_, next_most) = sorted(counts.items(), key=lambda each: -each[1])[:2]
    if first not in TOLD or most < max(LEAST_WORDS, LEAST_SHARE * times.total()) or next_most > NEXT_MOST * most:
        return None
    return first
