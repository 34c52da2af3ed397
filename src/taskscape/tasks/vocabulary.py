"""Closed lists of words that the rules and the training grammar go by, all written by hand."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Verbs that open instructions. A first word of this list is read as a verb even where the parser saw a noun.
REQUEST_VERBS = _words("""
add adapt advertise advise allocate alter analyse analyze announce annotate answer apply argue arrange ask assemble
assess assign author automate brainstorm break briefly build calculate capitalize caption cast categorise categorize
change characterize check choose cite clarify classify clean cluster code combine come compare compile complete compose
compress compute condense conduct construct contrast convert convince correct count craft create critique debate debug
decide decode decompose deduce define delete demonstrate derive describe design detect determine develop devise diagnose
differentiate discover discuss display distinguish divide draft draw edit elaborate eliminate emphasize encode encrypt
enhance enumerate estimate evaluate examine expand explain explore express extend extract factor fill filter find finish
fix fold format form formulate gather generate give group guess guide help highlight hypothesize identify illustrate
imagine implement improve increase indicate infer inform insert inspect integrate interpret introduce invent invert
investigate join judge justify label list locate look make map mark match measure merge mimic minimize modify multiply
name narrate negate normalize note notice offer optimise optimize order organise organize outline output paraphrase
parse perform persuade pick pitch plan play plot point predict prepare present print prioritize process produce program
pronounce proofread propose prove provide punctuate query rank rate read rearrange reason recall recommend reconstruct
record recount redesign reduce refactor reformat reformulate refute remove rename reorder reorganize repeat rephrase
replace reply report represent request research respond restate restructure retell retrieve return reverse review revise
reword rewrite rhyme rotate round run sample say scan schedule score search segment select separate sequence set
share shorten show simplify simulate sketch solve sort speculate spell split standardize start state structure
substitute subtract suggest sum summarise summarize supply support swap switch synthesize tabulate tag take teach tell
test think trace track transcribe transform translate transpose truncate try turn tweet uncover unscramble update use
validate verify visualise visualize vote weigh write
""")

# Verbs that set a scene; the request is what follows.
SCENE_VERBS = _words("imagine suppose pretend assume act consider picture envision visualize roleplay")

# Words that may stand before an imperative and say nothing.
FILLERS = _words("""
please kindly now then also next first firstly second finally lastly just so ok okay well hi hello hey and or but
automatically briefly simply carefully quickly always can't again task here clearly concisely correctly
""")

# Words that open a phrase of context: "Given a list, …", "In two sentences, …".
OPENERS = _words("""
given based using in with from for after before as if when while considering below above to on at by without within
under through about during once because since following assuming according per of out let having
""")

# "Explain how to …": verbs whose object clause may hold the real request.
TEACHING_VERBS = _words(
    "explain describe show tell teach demonstrate illustrate write discuss outline give help learn clarify"
)

WH_WORDS = _words("what who whom whose which when where why how what's who's where's how's when's whats")
SUPPORT = _words("do does did can could would should will shall may might must ca wo 'd 'll")
BE = _words("is are was were am be 's 're 'm isn't aren't wasn't weren't")
SPEAKERS = _words("you i we one u someone somebody people")

# Words that are tagged as nouns and name nothing that could be asked for.
EMPTY_NOUNS = _words(
    "following first second third last one ones positive negative neutral true false yes no above below lot each other"
)

# Nouns by the dictionary that are adjectives before another noun: "the average temperature", "duplicate rows".
MODIFIERS = _words("""
average metric total top duplicate maximum minimum random main final key native potential ideal present current past
individual original opposite general common public private square novel classic negative positive speaking acrostic fake
core nth lightweight likely unique favorite favourite polite
""")

# Adjectives end so; a word that the lexicon lacks and that ends so is no noun where another noun follows.
ADJECTIVE_ENDINGS = (
    "al",
    "ive",
    "ic",
    "ous",
    "ful",
    "less",
    "ing",
    "ed",
    "able",
    "ible",
    "ary",
    "ish",
    "ent",
    "ise",
    "y",
    "er",
    "est",
    "ite",
)

LANGUAGES = _words("""
english french spanish german italian portuguese dutch russian chinese mandarin japanese korean arabic hindi latin greek
turkish polish swedish norwegian danish finnish czech hungarian hebrew vietnamese thai indonesian ukrainian urdu bengali
""")

# Words by which a request points at what was pasted.
POINTERS = _words("""
following below above given this these passage text article paragraph story email sentence statement review document
provided context abstract study table log list reference
""")

# Adverbial nouns between a verb and its object: "Describe in detail how …", "Explain step by step …".
ADVERBIALS = (
    ("in", "detail"),
    ("in", "details"),
    ("step", "by", "step"),
    ("in", "short"),
    ("in", "brief"),
    ("in", "depth"),
)

# A text without any of these, and without a request verb, is hardly English.
FUNCTION_WORDS = _words("""
the a an of to in for and or is are was were be do does did can could would should will how what who when where why
which this that these those my your me i you it with on from by about as at some any between
""")
