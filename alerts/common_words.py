"""Words that say nothing of what an article is about, in the languages that articles most often come in."""

from __future__ import annotations

from typing import Final

from wirewatch.folding import folded_words

_WORDS: Final = """
a about above after again against all almost along already also although always among an and another any are around as
at away back be became because been before being between both but by call called came can come could day days did do
does doing down during each early either end even ever every few first for former from further get give go good got
had has have having he her here him himself his how however if in into is it its itself just know last late later
least less like long made make making many may me might million more most much must my near need never new next no nor
not now of off often old on once one only or other others our out over own part people per put quite rather said same
saw say saying says second see seen several she should show since so some still such take taken than that the their
them then there these they thing this those though three through time to today told too took toward two under until up
upon us use used very want was way we week weeks well went were what when where whether which while who whom whose why
will with within without would year years yesterday yet you your according reported reports report news agency
statement spokesman spokeswoman officials official monday tuesday wednesday thursday friday saturday sunday january
february march april june july august september october november december aber alle allem allen aller alles als also
am an ander andere anderen auch auf aus bei beim bereits bin bis da dabei damit dann das dass dazu dem den denn der
deren des dessen die dies diese diesem diesen dieser dieses doch dort durch ein eine einem einen einer eines er erst
es etwa etwas für ganz gegen gibt hab habe haben hat hatte hatten heute hier hinter ich ihm ihn ihnen ihr ihre ihrem
ihren ihrer im immer in ins ist ja jahr jahre jahren jede jeder jetzt kann kein keine können man mehr mit muss müssen
nach neue neuen nicht nichts noch nun nur ob oder ohne schon sei sein seine seinem seinen seiner seit sich sie sind so
soll sollen sowie sagte über um und uns unter vom von vor war waren was weil weiter wenn wer werden wie wieder will
wir wird wo worden wurde wurden während zu zum zur zwei zwischen montag dienstag mittwoch donnerstag freitag samstag
sonntag ainsi alors après au aucun aussi autre autres aux avant avec avoir car ce cela ces cet cette ceux chez comme
dans de depuis des deux dit donc dont du elle elles en encore entre est et était été être eux fait il ils je jour la
le les leur leurs lors lui mais même moins ne non nos notre nous on ont ou où par pas pendant peu peut plus pour puis
quand que quel qui quoi sa sans se selon ses si son sont sous sur ta tous tout toute toutes très trois un une vers
vous a al algo ante antes año años aunque bajo cada como con contra cuando de del desde dijo donde dos durante e el
ella ellos en entre era es esa ese eso esta está están estas este esto estos fue fueron ha había han hasta hay la las
le les lo los mas más me mi mientras muy ni no nos o os otra otro otros para pero poco por porque que qué se según ser
si sí sido sin sino sobre son su sus también tan tanto tiene todo todos tras tres un una uno unos y ya anche che chi
ci come con cui da dal dalla degli dei del della delle di dopo e era gli hanno i il la le lo ma nel nella non o per
più quando questa questo se si sono stato su sul sulla tra un una ao aos as até com da das do dos e ela ele em entre
era foi isso já mais mas na não nas no nos o os ou para pela pelo por quando que se sem ser seu seus sua são também um
uma aan al als bij dan dat de den der deze die dit door een en er had hebben heeft het hij hun ik in is jaar kan maar
meer met naar niet nog om ook op over te tegen tot uit van voor was wat werd wie worden wordt ze zich zijn zo а без бы
был была были было быть в вам вас во все всего всех вы где года году да для до его ее ей если есть еще же за и из или
им их к как который которая которые когда которых ли лет между меня мне мы на над не него нет ни но о об один он она
они от по под после при про с сам свои своей себя со так также там то того только тот у уже чем что чтобы этого этой
это этот эти сообщил сообщила заявил
"""

COMMON_WORDS: Final = frozenset(folded_words(_WORDS))
"""Folded: function words, the words of reporting, days and months."""

NEGATIONS: Final = frozenset(
    folded_words(
        "not no never none nobody nothing without denies denied deny cannot kein keine keinen keinem keiner nicht nie"
        " niemals ohne dementiert ne pas jamais aucun aucune sans nie non mai senza no nunca jamás ningún ninguna sin"
        " não nunca sem niet geen nooit zonder не нет ни никогда без لا لم لن ليس"
    )
)
"""Words that turn a sentence into its opposite."""
