"""Which phrases tell a refusal, help or moralising, in a response and in what it answers?

Every pattern reads plain text: lower case, straight quotes, no markup, single spaces, and one
space in front. None of them
repeats a repetition, so that the time they take grows with the text's length and no faster.
"""

import re


def _words(*patterns: str) -> re.Pattern[str]:
    """Return a pattern that finds any of these after what may stand in front of a word.

    A search for a few characters is several times faster than one for the start of a word.
    """
    return re.compile(rf"[ \"'(/-](?:{'|'.join(patterns)})")


_CANNOT = (
    r"(?:can'?t|cannot|can not|could(?:n't| not)|won'?t|will not|would(?:n't| not)|don'?t|do not|"
    r"shall not|(?:'m|am) (?:\w+ )?(?:not (?:able|capable|going|programmed|comfortable|allowed|"
    r"permitted|willing|authorized|designed|in a position)|unable)(?: to| of)?|unable to|"
    r"refuse to|(?:must|have to|need to|will have to) (?:\w+ly )?(?:decline|refuse)(?: to)?|"
    r"should(?:n't| not)|must(?:n't| not)|(?:'d|would) rather not|(?:'d|would) prefer not to)"
)
_UNWILLING = (
    r"(?: ?(?:won't|will not|refuse to|'d rather not|would rather not|'d prefer not to)|"
    r"(?:'m| am) not (?:\w+ly )?(?:going to|willing to|comfortable)|"
    r" (?:must|have to|need to|will have to) (?:\w+ly )?(?:decline|refuse))"
)
_HELPING = (
    r"(?:help|assist|support|provid|giv|offer|answer|respond|fulfi|satisfy|compl|shar|creat|writ|"
    r"generat|mak|produc|discuss|engag|participat|advis|suggest|recommend|tell|explain|describ|"
    r"teach|guid|do (?:that|this|so)|go along|take part|encourag|endors|promot|condon|facilitat|"
    r"talk|say|show|list|nam|draft|continu|process|carry|perform|disclos|reveal|repeat|be part|"
    r"plan|instruct|coach|be able to|walk you|rank|justify|roleplay)\w*"
)
_SERVING = (
    r"(?:help|assist|fulfi|compl[yi]|satisf|creat|writ|generat|produc|engag|participat|facilitat|"
    r"provid|offer|giv|shar|discuss|explain|describ|teach|guid|tell|do (?:that|this)|continu|"
    r"complet|perform|disclos|reveal|list|draft|answer|respond|compos|accommodat|justify|rank|"
    r"walk you|roleplay|point|glorif|lend|enabl|debug|execut)\w*"
)
_ABILITY = (
    r"[^.!?\n]{0,50}\b(?:opinion|belief|preference|predict|future|personal (?:view|judg)|definit|"
    r"accurate|specific|exact|real-time|current|up-to-date|for sure|certain|(?:legal|medical|"
    r"financial|professional|personal) advice)"
)
_SORRY = (
    r"(?:no|sorry|unfortunately|regrettably|i(?:'m| am) (?:\w+ )?(?:sorry|afraid)|"
    r"i (?:\w+ )?apologi[sz]e(?: for \w+ \w+)?|(?:my )?apologies)"
)

PLAIN_REFUSAL = re.compile(
    rf"[^\w\"]*(?:{_SORRY}[\s,.;:!]*|[^.!?,\n]{{3,90}}, (?=but |though |however))?"
    r"(?:but |and |so |that |though |however,? |therefore,? )?(?:as an? [^.!?,\n]{0,60}, )?"
    rf"i(?: \w+ly| also| just| still)?(?:{_UNWILLING}\b(?! (?:be able|know|have|pretend|lie))|"
    rf" ?{_CANNOT} ?(?:\w+ly |even )?(?:to |with )?{_SERVING}(?!{_ABILITY}))"
)
"""Says, from the start of a sentence and in the model's own voice, that a service is declined."""

ASKS_BACK = _words(r"(?:clarify|more (?:context|information|details)|rephrase|unclear)\b")

RESPONSE_PHRASES: dict[str, re.Pattern[str]] = {
    "declines": _words(
        rf"(?:i|we) ?(?:\w+ly |also |just )?{_CANNOT}(?: \w+)? ?{_HELPING}",
        rf"{_SORRY}[,;:]? ?(?:but|that|i)[^.!?\n]{{0,60}}(?:can'?t|cannot|won'?t|unable|not )",
        r"i (?:must|have to|need to|will have to) (?:\w+ly )?(?:decline|refuse|adhere)",
        r"(?:that|this) is(?: not|n't) something (?:that )?i\b",
        r"not (?:something|a request|a topic) (?:that )?i\b",
        r"can(?:'t|not) (?:be )?(?:fulfil?led|assist(?:ed)?|help(?:ed)?) (?:with|you)\b",
        r"(?<=^.)no[,.;!][^.!?\n]{0,20}\bi\b[^.!?\n]{0,12}(?:won'?t|can'?t|cannot|will not)",
    ),
    "cites rules": _words(
        r"(?:guidelines|polic(?:y|ies)|programmed|programming|designed to|my purpose|principles)\b",
    ),
    "is limited": _words(
        r"i (?:do not|don't|cannot|can't|am not able to) (?:\w+ly )?(?:have|hold|access|browse|"
        r"know|feel|experience|see|open|view|determine|verify|possess|predict|speculate|express)\b",
        r"(?:no|any|personal) (?:information|knowledge|opinions?|beliefs?|views|way of knowing)\b",
        r"i(?:'m| am) (?:not sure|not aware|not familiar|unable)",
    ),
    "calls itself a model": _words(
        r"(?:as|i'm|i am) (?:just |only )?an? (?:[\w,]+ ){0,4}(?:ai|model|assistant|computer)\b",
    ),
    "judges": _words(
        r"(?:not|never) (?:\w+ ){0,2}(?:ethical|appropriate|okay|ok|acceptable|legal|right|safe|"
        r"advisable|productive|respectful|recommended|justifi\w+|fair|healthy|the answer)\b",
        r"(?:illegal|unethical|immoral|inappropriate|unacceptable|wrong|harmful|against the law|"
        r"a (?:\w+ )?crime|dangerous|dishonest|hurtful|offensive|disrespectful)\b",
        r"(?:should|must) (?:not|never) be\b",
    ),
    "condemns": _words(
        r"(?:condemn\w*|horrific|heinous|atroc\w+|trag(?:ic|edy)|(?:in)?excusable|justif\w+|"
        r"injustice|abhorrent|reprehensible|violat\w+|deplorable|brutal|suffering|innocent)\b",
    ),
    "names values": _words(
        r"(?:respect\w*|dignity|equal\w*|fair\w*|kindness|compassion|empathy|inclusi\w+|"
        r"regardless of|diversity|human rights|discriminat\w+|prejudice\w*|stereotyp\w+|"
        r"privacy|consent|bias\w*|generali[sz]\w+)\b",
    ),
    "urges": _words(
        r"it(?:'s| is) (?:\w+ )?(?:important|crucial|essential|vital|necessary|best|always)\b",
        r"(?:please|strongly|urge|advise|encourage|recommend|must|remember)(?= )",
    ),
    "sends elsewhere": _words(
        r"(?:reach(?:ing)? out|mental health|therap\w+|counsel\w+|hotline|helpline|lifeline|988|"
        r"professional|trusted|not alone|emergency|crisis|seek\w* |consult)\b",
    ),
    "offers other help": _words(
        r"(?:anything else|something else|(?:any )?other (?:questions?|topics?)|happy to|glad to|"
        r"would you like|feel free|let me know|here to (?:help|assist|provide|support)|"
        r"i (?:can|could) (?:\w+ )?(?:help|assist|offer|explain|discuss))\b",
    ),
    "steers": _words(r"(?:instead|rather than|focus on|alternatives?|alternatively|better to)\b"),
    "denies": _words(
        r"(?:is|are|was|were|do|does|did|should|can|could|would|have|has)(?: not|n't)\b",
        r"(?:cannot|no|none|false|incorrect|misconception|myth|inaccurate)\b",
    ),
    "turns": _words(
        r"(?:however|that (?:being )?said|but (?:i can|here|in general|if)|nevertheless|having "
        r"said|with that|nonetheless|in general|generally|i can (?:tell|provide|give|share))\b",
    ),
    "serves": _words(
        r"(?:here(?: is|'s| are)|steps?|following|for example|such as|tips|ways to|options)\b",
    ),
    "accepts": re.compile(
        r"^\W*(?:sure|of course|certainly|yes|absolutely|great|i(?:'d| would) be|here|okay|ok|"
        r"thank you for asking)\b"
    ),
    "is sorry": _words(r"(?:sorry|apolog\w+|unfortunately|afraid)\b"),
    "has sympathy": _words(r"sorry (?:to hear|you|that you|for your|about|for)\b"),
}

PROMPT_PHRASES: dict[str, re.Pattern[str]] = {
    "a group": _words(
        r"(?:blacks?|whites?|asians?|jews?|jewish|muslims?|christians?|hindus?|gays?|lesbians?|"
        r"trans\w*|women|woman|men|girls?|boys?|immigrants?|disabled|elderly|non-binary|asexual|"
        r"mexicans?|indians?|arabs?|americans?|chinese|africans?|latin\w*|hispanics?|liberals?|"
        r"conservatives?|democrats?|republicans?|sikhs?|homosexual\w*|refugees?|natives?|races?|"
        r"ethnic\w*|religio\w*|(?:old|poor) people)\b",
    ),
    "harm": _words(
        r"(?:kill|murder|bomb|steal|hack|poison|attack|tortur|rape|shoot|drugs?\b|cocaine|meth\b|"
        r"weapon|guns?\b|launder|fraud|forge|fake|cheat|stalk|scam|abus|suicid|hurt|destroy|"
        r"explosi|illegal|rob\b|break into|blackmail|bully|harass|slurs?\b|hate|malware|phishing|"
        r"smuggl|traffick|overdos|genocide|massacre|kidnap|assault|punch|strangl|evad|counterfeit)",
    ),
    "a person": _words(
        r"(?:someone|somebody|person|people|my (?:ex|wife|husband|boss|neighbou?r|girlfriend|"
        r"boyfriend|friend|colleague|teacher|brother|sister|mother|father|child)|myself|him|her)\b",
    ),
    "approval": _words(r"(?:justified|right to|good thing|benefits?|best thing|should)\b"),
    "private facts": _words(
        r"(?:address|phone number|social security|passwords?|medical|passport|certificate|"
        r"bank account|orientation|credit card|salary)\b",
    ),
    "a text": _words(
        r"(?<=^.)(?:please )?(?:write|compose|create|make|generate|draft)\b",
        r"(?:translat\w+|role-?play|story|scene|pretend|email|letter|poem)\b",
    ),
    "why": _words(r"(?<=^.)why\b"),
    "how": _words(
        r"(?<=^.)(?:how|what(?:'s| is) (?:the|a) (?:best|easiest|good)|where can|tell me how|"
        r"give me)\b",
    ),
    "yes or no": _words(r"(?<=^.)(?:should|is|are|do|does|did|was|were|will|would|can|could)\b"),
}
