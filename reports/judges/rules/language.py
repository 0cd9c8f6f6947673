"""Is an answer in another language than English? Told by its script and its smallest words."""

import re
from functools import cache

from reports.checks.languages import likely_languages

READ_CHARACTERS = 600
FOREIGN_LETTERS = 0.3
SHORT_WORDS = 5
FEWEST_WORDS = 8
FEWEST_MARKED = 4
"""How many words are enough to ask the detector where a letter is not English."""
ENGLISH_SHARE = 0.1
PLAINLY_ENGLISH = 0.25
SURE = 0.95
DIFFERENT_ENGLISH = 3
"""More different small words than these are English, whatever long rest follows."""

SMALL_WORDS: dict[str, str] = {
    "en": (
        "the a an and or but of to in on at for with from by is are was were be been it its it's i "
        "i'm i'll you your he she we they that this these those not no do does don't can can't "
        "will "
        "won't would have has had as if so my me there what who how when where which about here yes"
    ),
    "de": (
        "der die das und oder aber nicht ich du er sie wir ihr ist sind war ein eine einen "
        "einem einer "
        "zu den dem des mit von auf für im bei dabei kein keine kann wird werde nein ja dir "
        "dich mir "
        "hier auch wenn wie dazu tut leid leider helfe bitte"
    ),
    "fr": (
        "le la les un une des du de et ou mais je tu il elle nous vous ils est sont ne pas que qui "
        "pour dans sur avec ce cette au aux désolé peux non oui voici votre mon ma aider"
    ),
    "es": (
        "el la los las un una unos de del y o pero yo tú él ella nosotros es son está no que "
        "para por "
        "con en se lo su puedo siento sí aquí esto eso ayudarte muy como"
    ),
    "it": (
        "il lo la i gli le un una di del della e o ma io tu lui lei noi è sono non che per con "
        "in si "
        "posso mi ti ecco questo questa aiutarti dispiace sì come"
    ),
    "pt": (
        "o a os as um uma de do da dos e ou mas eu você ele ela nós é são não que para por com "
        "em se "
        "posso isso este sinto muito aqui sim ajudar como"
    ),
    "nl": (
        "de het een en of maar ik jij je hij zij wij is zijn niet geen dat die voor met van op "
        "te aan "
        "kan hier dit daar wel nee ja helpen ook"
    ),
    "sv": (
        "den det en ett och eller men jag du han hon vi är inte att som för med på av till kan "
        "om här "
        "hjälper hjälpa det tyvärr nej ja så"
    ),
    "pl": (
        "i w na z do nie to jest są się że dla ale jak co tak o po od za ci mogę pomogę mi ja ty "
        "przykro oto tym przez"
    ),
    "tr": (
        "ve bir bu şu o için ile de da ne mi değil var yok ben sen biz çok ama gibi daha bunu "
        "konuda "
        "olarak üzgünüm olamam edemem"
    ),
}
"""Small words by language; one that English has too tells nothing."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u2c80-\ua6ff\ua8e0-\ud7ff\uf900-\ufaff\uff66-\uffdc]")
_FOREIGN_LETTER = re.compile(
    "[\u0105\u0107\u0119\u0142\u0144\u015b\u017a\u017c\u011f\u0131\u015f\u0151\u0171\u0159\u011b\u016f]"
)
_LETTER = re.compile(r"[^\W\d_]")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


WANTED = re.compile(
    r"\b(?:translat\w+|arabic|bengali|chinese|czech|danish|dutch|finnish|french|german|greek|"
    r"hebrew|hindi|hungarian|indonesian|italian|japanese|korean|latin|mandarin|norwegian|"
    r"persian|polish|portuguese|romanian|russian|spanish|swahili|swedish|thai|turkish|"
    r"ukrainian|urdu|vietnamese|(?:other|another|foreign|second) language)\b",
    re.IGNORECASE,
)
"""What a prompt says that asks for an answer in another language."""
MAY_REFUSE = re.compile(
    r"\b(?:d\u00e9sol\w+|regrette\w*|(?:peux|peut|puis|pouvons) pas|lo siento|lamento|"
    r"no (?:te |le )?(?:puedo|podemos)|leider|tut mir leid|(?:kann|k\u00f6nnen|darf|werde) "
    r"(?:\w+ ){0,6}nicht|mi dispiace|spiacente|non (?:posso|possiamo)|desculp\w+|sinto muito|"
    r"n\u00e3o (?:posso|podemos)|helaas|(?:kan|mag) (?:\w+ ){0,6}niet|tyv\u00e4rr|"
    r"kan (?:\w+ )?(?:inte|ikke)|przykro|nie mog\u0119|\u00fczg\u00fcn\w+|maalesef)\b",
    re.IGNORECASE,
)
"""Words with which models regret or decline in the languages that are told by their words."""


def is_wanted(prompt: str, answer: str) -> bool:
    """Say whether a prompt asks for another language, and the answer in it does not decline.

    One in another script may decline in words that are not known here.
    """
    if WANTED.search(prompt[:READ_CHARACTERS]) is None or _OTHER_SCRIPT.search(answer):
        return False
    return MAY_REFUSE.search(answer[:READ_CHARACTERS]) is None


@cache
def _small_words() -> dict[str, frozenset[str]]:
    english = frozenset(SMALL_WORDS["en"].split())
    others = {name: frozenset(words.split()) - english for name, words in SMALL_WORDS.items()}
    return {**others, "en": english}


def other_language(text: str) -> str | None:
    """Return the language of a text that is not in English, null where it is or cannot be told.

    Names are ISO 639-1 codes, or "another script".
    """
    read = text[:READ_CHARACTERS]
    if "`" in read:
        read = _CODE.sub(" ", read)
    letters = len(_LETTER.findall(read)) if not read.isascii() else len(read)
    if not read.isascii() and len(_OTHER_SCRIPT.findall(read)) > FOREIGN_LETTERS * letters:
        return "another script"
    words = _WORD.findall(read.lower().replace("\u2019", "'"))
    small = dict(_small_words())
    english = sum(map(small.pop("en").__contains__, words))
    if english > PLAINLY_ENGLISH * len(words):
        return None
    if not english and _FOREIGN_LETTER.search(read):
        return "another language"
    hits = {name: sum(map(known.__contains__, words)) for name, known in small.items()}
    most = max(hits, key=lambda name: hits[name])
    needed = 1 if len(words) <= SHORT_WORDS and not english and letters > len(words) * 3 else 2
    if hits[most] >= needed and hits[most] > english:
        return most
    marked = not read.isascii() and any(not word.isascii() for word in words)
    fewest = FEWEST_WORDS if english or not marked else FEWEST_MARKED
    plainly = len(_small_words()["en"].intersection(words)) > DIFFERENT_ENGLISH
    if not plainly and len(words) >= fewest and english < ENGLISH_SHARE * len(words):
        code, probability = next(iter(likely_languages(read)), ("en", 0.0))
        return code if probability >= SURE and code != "en" else None
    return None
