"""How many words, capital words and sentences does IFEval see in a text?

IFEval counts with NLTK: words by a regular expression, capital words after Penn Treebank
tokenization, sentences with the Punkt model trained on the Wall Street Journal. Here the rules of
both tokenizers stand without the model: of its statistics there are only its abbreviations and
the words that often begin a sentence. The counts of sentences differ where an abbreviation, an
initial or an ellipsis stands before a capitalised word that is not among those, and after a few
numbered words such as "6. International" that Punkt learned to keep together.
"""

import re
from itertools import pairwise

CURLY = "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}“”«»"
CLOSING = "\"')]}" + CURLY
# A full stop, question or exclamation mark ends a sentence only before a space or one of these.
EDGES = re.escape("(){}[]\"';:*@?!" + CURLY)
MARK = re.compile(rf"[.?!](?=[{EDGES}\s])")
LAST_WORD = re.compile(rf"['?!{CURLY}]?[^{EDGES}]*$")
# What numbers a list: 1, 2.3, a, B. The other letters are more often a person's initial.
NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*|[abioquxyz]", re.IGNORECASE)
# An initial, an ellipsis or an abbreviation of the Wall Street Journal; "e.g.", "i.e." and "etc."
# are not among them, and end a sentence.
SHORT = re.compile(
    r"[^\W\d]|.*\.|(?:.*-)?(?:mr|mrs|ms|messrs|dr|prof|sr|jr|st|gen|col|maj|lt|adm|sen|reps?"
    r"|inc|corp|co|cos|ltd|bros|vs|ft|mg|yr|ave|jan|feb|aug|sept?|oct|nov|dec|tues|wed|fri"
    r"|ariz|calif|colo|conn|fla|ga|ill|kan|ky|mich|minn|nev|ok|okla|ore|pa|tenn|va|vt|wash|wis"
    r"|a\.[dm]|d\.c|j\.[bcjkpr]|l\.a|m\.b\.a|n\.[chjmvy]|p\.m|ph\.d|r\.[ahijkt]|u\.[kns]|u\.s\.a)",
    re.IGNORECASE,
)
STARTER = re.compile(
    r"(?:according|although|among|both|but|despite|even|he|however|i|if|in|indeed|instead|it|many"
    r"|meanwhile|moreover|most|nevertheless|nonetheless|nor|please|separately|similarly|since|so"
    r"|some|sorry|the|there|these|they|this|though|thus|under|when|while|yet|your)\b",
    re.IGNORECASE,
)

APART = re.compile(rf"[\s\[\](){{}}<>;@#$%&?!*\"`„{CURLY}\u2012-\u2015]|--|\.{{2,}}|[:,](?!\d)")
# Where Treebank divides a word: I|'m, is|n't, can|not.
INSIDE = re.compile(
    r"(?<=[^'])(?='(?:s|m|d|ll|re|ve)?$)|(?=n't$)"
    r"|(?<=\bcan)(?=not\b)|(?<=\bgon)(?=na\b)|(?<=\bgot)(?=ta\b)",
    re.IGNORECASE,
)


def count_words(text: str) -> int:
    """Count the runs of letters, digits and underscores."""
    return len(re.findall(r"\w+", text))


def count_capital_words(text: str) -> int:
    """Count the tokens with letters, all of them capital; "I'm" holds one, "DON'T" two."""
    words = (word.rstrip(".") for word in APART.split(text))
    return sum(part.isupper() for word in words for part in INSIDE.split(word))


def count_sentences(text: str) -> int:
    """Count the sentences; text without any mark is one."""
    runs = re.findall(r"\S+\s*", text.strip())
    return 1 + sum(_divides(run, after) for run, after in pairwise([*runs, ""]))


def _divides(run: str, after: str) -> bool:
    """Say whether a sentence ends in this run of characters, and another begins there or after."""
    marks = [mark.end() for mark in MARK.finditer(run)]
    if not marks:
        return False
    head, tail = run[: marks[-1]], run[marks[-1] :].strip()
    if not after and not tail.strip(CLOSING):
        return False
    word = LAST_WORD.search(head[:-1])
    return head[-1] != "." or word is None or _full_stop(word[0], tail or after)


def _full_stop(word: str, following: str) -> bool:
    """Say whether the period after the word ends the sentence, given what follows."""
    if NUMBER.fullmatch(word):
        return not following[0].islower()
    if SHORT.fullmatch(word):
        return following[0].isupper() and STARTER.match(following) is not None
    return True
