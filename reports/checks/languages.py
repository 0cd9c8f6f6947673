"""Which language is a text in?"""


def likely_languages(text: str) -> list[tuple[str, float]]:
    """Return ISO 639-1 codes with their probabilities, the likeliest first; none without words.

    langdetect draws at random unless it is seeded; the seed is fixed, so that a text always has
    the same languages.
    """
    from langdetect import DetectorFactory, LangDetectException, detect_langs

    DetectorFactory.seed = 0
    try:
        return [(found.lang, found.prob) for found in detect_langs(text)]
    except LangDetectException:
        return []


def main_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language that most of the text is in; null without words."""
    return next((code for code, _ in likely_languages(text)), None)


COMMON = (
    "the of and to a in is it you that for on are with as i what how be can do my me at this not "
    "have or an from your if will about when why who would there should tell write make"
)
ENGLISH_WORDS = frozenset(COMMON.split())
"""Words that English text is full of, and no other language is."""
ENGLISH_SHARE = 0.2
READ_WORDS = 60
FEWEST_WORDS, FEWEST_PLAIN_WORDS = 6, 12
"""langdetect guesses freely at what is shorter, the more so without a letter beyond a to z."""


def told_language(text: str) -> str | None:
    """Return the language of a text where it can be told; null for a few words, and for none.

    Most texts are told by the share of common English words among their first, in a moment, and
    only others by langdetect.
    """
    words = text.lower().split()[:READ_WORDS]
    common = sum(word.strip(".,;:?!\"'()") in ENGLISH_WORDS for word in words)
    if words and common >= ENGLISH_SHARE * len(words):
        return "en"
    fewest = FEWEST_PLAIN_WORDS if text.isascii() else FEWEST_WORDS
    is_spaced = text.isascii() or len(words) > 1
    return main_language(text) if len(words) >= fewest or not is_spaced else None
