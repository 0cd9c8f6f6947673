"""Did the response say nothing: empty, the prompt again, cut off at once, or a loop?"""

import re
import zlib

LOOP_WORDS, LOOP_WORDS_READ = 24, 120
LOOP_DISTINCT_SHARE = 0.25
LOOP_CHARACTERS = 100
LOOP_SHARE = 0.12
COMPRESSED_HEADER = 11
CUT_OFF_WORDS = 6
CUT_OFF_CHARACTERS = 150
READ_CHARACTERS = 20_000

_THINKING_END = re.compile(r"</think(?:ing)?>|\[/THINK\]", re.IGNORECASE)
_THINKING_START = re.compile(r"<think(?:ing)?>|\[THINK\]", re.IGNORECASE)
_ASIDE = re.compile(
    r"<(analysis|reasoning|reflection|scratchpad|thoughts?)>[^<]*+(?:<(?!/?\1>)[^<]*+)*+</\1>",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]{0,60}<\|message\|>")
_TURN_END = re.compile(r"<\|(?:end|return|im_end|eot_id|eom_id|call)\|>|<end_of_turn>|</s>")
_WORD = re.compile(r"\w+")
_ONLY_ANNOUNCES = re.compile(
    r"\W*(?:(?:sure|of course|certainly|absolutely|okay|ok|great question|happy to help)\W+)?"
    r"(?:(?:here(?: is|.s| are)|below (?:is|are))\b[^.!?\n]{0,80}[:,]?)?\W*",
    re.IGNORECASE,
)
_HANGING = re.compile(
    r"\b(?:a|an|the|to|of|and|or|but|for|with|in|on|at|by|is|are|as|that|this|i|your|my)\s*$",
    re.IGNORECASE,
)


def answer_of(response: str) -> str:
    """Return the response after its thinking; nothing if the thinking never ends."""
    answer = _THINKING_END.split(_last_channel(response))[-1]
    answer = _THINKING_START.split(answer, maxsplit=1)[0]
    return _TURN_END.sub(" ", _ASIDE.sub(" ", answer)).strip()


def _last_channel(response: str) -> str:
    """Return what stands in the channel for the user; all of it where there are no channels."""
    channels = list(_CHANNEL.finditer(response))
    if not channels:
        return response
    last = channels[-1]
    return response[last.end() :] if last.group(1) == "final" else ""


def is_degenerate(prompt: str, answer: str) -> bool:
    """Say whether the answer, which is a response without its thinking, says nothing."""
    words = _WORD.findall(answer.lower())
    return (
        not words
        or _is_prompt_again(_WORD.findall(prompt.lower()), words)
        or _is_cut_off(answer, words)
        or _repeats_few_words(words[:LOOP_WORDS_READ])
        or _is_loop(answer)
    )


def _is_prompt_again(asked: list[str], words: list[str]) -> bool:
    times, rest = divmod(len(words), len(asked)) if asked else (0, 1)
    return rest == 0 and words == asked * times


def _is_cut_off(answer: str, words: list[str]) -> bool:
    """Say whether it ends before it says anything: "Sure, here are the steps:", "To get the"."""
    if len(answer) > CUT_OFF_CHARACTERS:
        return False
    hangs = 1 < len(words) <= CUT_OFF_WORDS and _HANGING.search(answer) is not None
    return hangs or _ONLY_ANNOUNCES.fullmatch(answer) is not None


def _repeats_few_words(words: list[str]) -> bool:
    return len(words) >= LOOP_WORDS and len(set(words)) < LOOP_DISTINCT_SHARE * len(words)


def _is_loop(answer: str) -> bool:
    """Say whether it shrinks to almost nothing, as only the same words again and again do."""
    text = answer[:READ_CHARACTERS].encode("utf-8", "replace")
    if len(text) < LOOP_CHARACTERS:
        return False
    shrunk = len(zlib.compress(text, level=1)) - COMPRESSED_HEADER
    return shrunk / len(text) < LOOP_SHARE
