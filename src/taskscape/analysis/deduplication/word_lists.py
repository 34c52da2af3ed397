"""Closed lists by which two wordings of one request are told from two requests; all written by hand.

They serve `taskscape.analysis.deduplication.wording`. A word that stands in none of them is content: it must be in both
texts.
"""

from __future__ import annotations

import re

from taskscape.tasks.vocabulary import REQUEST_VERBS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that carry no content of a request. Negations, comparisons, "who", "when", "how" and the like do, and stay.
IGNORED = _words("""
a about also am an and any are as at be been being but by can could did do does done for from had has have having he
her here him his i id if ill im in into is it its itself ive just kindly lets may me might must my of on onto or our
ours own please shall she should so some such than that the their them themselves then there these they this those to
too under upon us using via was we were what whats which will with would you your youre yours yourself
following given provided below attached please thanks really very quite
""")

# Prepositions: where the order of words differs, each word must stand after the same one in both texts.
PREPOSITIONS = _words("""
about after against as at before between by during for from in into of on onto over than through to under upon using
via with without
""")

NEGATIONS = _words("""
not no never none nor neither without except cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt
shouldnt couldnt hasnt havent hadnt unless avoid exclude excluding
""")

_COUNTED = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
NUMBERS = {word: str(value) for value, word in enumerate(_COUNTED.split(), start=2)}
NUMBERS |= {"seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20"}
NUMBERS |= {"thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "thousand": "1000"}

# A text with one of these is about words themselves: "Find a synonym of big". There only the very same words agree.
ABOUT_WORDS = _words("""
acronym adjective adverb anagram antonym conjugate define definition grammar grammatical grammatically homonym
homophone idiom letters lowercase mean meaning noun palindrome paraphrase phrase plural prefix pronounce pronunciation
rephrase reword rewrite rhyme singular spell spelled spelling suffix syllable synonym synonymous tense term translate
translation uppercase verb vocabulary word words
""")

# A text with one of these is about marks and capitals: there only the very same text is a duplicate.
ABOUT_MARKS = re.compile(
    r"\b(?:punctuat\w*|capitali[sz]\w*|(?:lower|upper|title|camel|snake)[ -]?case\w*|apostrophes?|hyphens?|"
    r"(?:add|insert|missing|remove|place|put|misplaced|use)\W+(?:\w+\W+){0,3}commas?|"
    r"whitespaces?|indent\w*|line ?breaks?|quotation marks?|parenthes[ei]s|proofread\w*|typos?)\b",
    re.IGNORECASE,
)

# Even there these say nothing.
ABOUT_NOTHING = _words("""
a an and are be by can could do does following for from given i in is it kindly my of please should that the these this
those to using what which will with you your
""")

# Verbs by which one and the same thing is asked for; verbs of a group may stand for each other, when the encoder agrees
# that the task is the same.
_VERB_GROUPS = """
write compose create generate draft make produce craft author pen construct develop formulate invent devise prepare \
build design imagine brainstorm suggest give provide
explain describe tell discuss give provide state outline elaborate clarify detail say show ask share
list name enumerate give provide identify state suggest recommend offer propose tell mention share write generate \
create make find compile specify brainstorm explain describe ask
rewrite rephrase paraphrase reword restate reformulate
summarize summarise condense shorten outline
change convert transform turn modify alter
calculate compute determine find evaluate work
find determine identify locate detect figure spot extract
classify categorize categorise sort group label
correct fix edit mend repair revise
analyze analyse examine evaluate assess review
guess predict estimate
improve enhance optimize optimise refine
answer solve
compare contrast
choose select pick
shorten reduce condense
"""
VERB_GROUPS = tuple(_words(line) for line in _VERB_GROUPS.strip().splitlines())

# Verbs of a question asked as a statement: "Tell me what …", "Explain …" beside "What …?"
ASKING = _words("ask explain describe tell give provide list name state discuss identify share say outline find")

ORDERS = REQUEST_VERBS | _words("list think come conjugate recite pen revise figure specify mention")

# Nouns that name one thing, beside those that WordNet has first in one meaning; the first stands for all.
_NOUN_GROUPS = """
advantage benefit pro upside
disadvantage drawback con downside
tip advice suggestion recommendation
way method
picture image photo photograph
example instance
child kid
difference distinction
ocean sea
occupation job profession
error mistake
""".strip()
NOUNS = {word: line.split()[0] for line in _NOUN_GROUPS.splitlines() for word in line.split()}
NOUNS |= {
    word: line.split()[0]
    for line in ("big large", "quick fast rapid", "important significant", "short brief concise", "main primary chief")
    for word in line.split()
}
# First meanings of WordNet that are not the first in instructions.
NOT_SYNONYMS = _words("program programme plan female male man woman abc class course time number line letter one")

_MARK = r"(?: \|)*"
_ASK = r"(?:can|could|would|will|may) (?:you|u|i)"
# What stands before a request, out of politeness; "|" is a mark of punctuation.
PREFIX = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|so|now|well|then|please|kindly|just|greetings)(?: there)?|"
    rf"{_ASK}(?: (?:please|kindly|possibly|maybe|just|ask))*(?: be able to)?(?: help me(?: to| with)?)?|"
    r"would you mind|do you think you could|is it possible to|would it be possible to|"
    r"i (?:would|need|want|wish|just want|just need|am asking|would like|would love|was hoping) (?:for )?you to|"
    r"id (?:need|want|like|love|appreciate it if) (?:for )?you(?: to| could)?|"
    r"i(?: would|d)? (?:like|need|want|love) to (?:ask you to|have you)|"
    r"i (?:need|want|would like|could use)(?: some| your)? help(?: to| with)?|"
    r"(?:please )?help me(?: to| with)?|your (?:task|job|goal) is to|you (?:are|re) (?:asked|tasked|required) to|"
    r"the task is to|be so kind as to|it would be (?:great|nice|helpful) if you could|"
    rf"i would appreciate it if you could|i wonder if you could|try to){_MARK}(?: |$)"
)
# What says no more than that a request follows; its colon parts the request from nothing.
OPENING = re.compile(
    r"^(?:(?:can|could|would|will) you )?(?:please |kindly )?(?:solve|answer|do) (?:this|these|the following)"
    r"(?: (?:question|problem|exercise|task|riddle|puzzle)s?)?(?: please)?:\s+(?=\S)",
    re.IGNORECASE,
)
# What stands behind it; the words are in reverse order, so that a text is read once, from its end.
_BEHIND = """
please, thanks, thanks a lot, thanks in advance, thanks so much, thank you, thank you very much, thank you so much,
thank you in advance, for me, if possible, if you can, if you could, if you dont mind, when you can, asap
"""
_REVERSED = "|".join(" ".join(reversed(phrase.split())) for phrase in _BEHIND.split(","))
SUFFIX = re.compile(rf"(?:\| )*(?:(?:{_REVERSED}) (?:\| )*)+")
_GIVE = (
    r"(?:give|provide|make|create|write|compile|generate|produce|prepare|supply|come up|show|offer|draw up|tell|"
    r"compose|draft|state)"
)
_BEGIN = r"(?:^|(?<=\| ))"
# Longer forms of a request → its verb.
_LONG_FORMS = {
    "(?:list|enumeration) of": "list ",
    "explanation (?:of|for)": "explain ",
    "(?:summary|synopsis|overview) of": "summarize ",
    "description of": "describe ",
    "comparison (?:of|between)": "compare ",
    "translation of": "translate ",
}
_WONDER = (
    r"(?:do )?you know|tell me|let me know|i(?:d| would)? (?:want|like|need) to know|id like to know|i am wondering|"
    r"i wonder|im curious(?: about)?|any idea"
)
FRAMES = (
    *(
        (re.compile(rf"{_BEGIN}{_GIVE}(?: me| us)?(?: with)?(?: a| an| the| some)? {form}(?: |$)"), verb)
        for form, verb in _LONG_FORMS.items()
    ),
    (re.compile(rf"{_BEGIN}(?:come up with|think (?:of|up)|make up)(?: |$)"), "generate "),
    (re.compile(rf"{_BEGIN}(?:figure|find) out(?: |$)"), "determine "),
    (re.compile(rf"{_BEGIN}work out(?: |$)"), "calculate "),
    (re.compile(rf"^(?:{_WONDER})(?: \|)? (?=(?:what|who|when|where|why|how|which|if|whether) )"), ""),
)
