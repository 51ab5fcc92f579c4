"""The months in the languages of the feeds we meet."""

from __future__ import annotations

from wirewatch.folding import fold_text

STEMS = {
    1: "jan gen ene ian sty led tammi oca янв яну січ ιαν ינו يناير",
    2: "feb fev lut uno helmi sub şub фев лют φεβ פבר فبراير",
    3: "mar maa brez bře maalis maart mär мар бер μαρ מרץ مارس",
    4: "apr avr abr kwi dub huhti nis апр квіт απρ אפר ابريل",
    5: "mai may maj mei mag kvet kvě touko máj мая май трав μαι מאי مايو",
    6: "jun juin giu cze cerv červ kesa haz июн юни черв ιουν יונ يونيو",
    7: "jul juil lug lip cervenc červenc heina tem июл юли лип ιουλ יול يوليو",
    8: "aug aou ago avg sie srp elo agu авг серп αυγ אוג اغسطس",
    9: "sep set szept wrz zar září syys eyl сен вер σεπ ספט سبتمبر",
    10: "oct okt ott out paz paź rij říj loka eki окт жовт οκτ אוק اكتوبر",
    11: "nov lis marras kas ноя ное лист νοε נוב نوفمبر",
    12: "dec dez dic gru pro joulu ara дек груд δεκ דצמ ديسمبر",
}
MONTHS = {fold_text(stem): number for number, stems in STEMS.items() for stem in stems.split()}
LONGEST_STEM = max(map(len, MONTHS))
SHORTEST_STEM = min(map(len, MONTHS))


def month_number(word: str) -> int | None:
    """1 to 12 for the name of a month, full, declined or cut short; None for another word."""
    folded = fold_text(word)
    for name in (folded, folded.removeprefix("ב")):  # Hebrew writes "in" onto the name
        for length in range(min(LONGEST_STEM, len(name)), SHORTEST_STEM - 1, -1):
            if number := MONTHS.get(name[:length]):
                return number
    return None
