"""Which language is a text in?"""


def main_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language that most of the text is in; null without words.

    langdetect draws at random unless it is seeded; the seed is fixed, so that a text always has
    the same language.
    """
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    try:
        return str(detect(text))
    except LangDetectException:
        return None
