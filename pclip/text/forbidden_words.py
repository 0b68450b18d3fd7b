"""Words that a paraphrase may not bring in: labels, judgements, numbers, addresses, chatter.

A word counts where the template itself does not have it.
"""

from __future__ import annotations

import re


def _words(text: str) -> re.Pattern[str]:
    """A pattern of whole words; a word that ends in * has any ending."""
    stems = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in text.split())
    return re.compile(rf"(?<![\w<])(?:{stems})(?![\w>])", re.IGNORECASE)


# The words of the datasets' classes and groups (a test compares them), their kin, and judgements.
LABELS = _words(
    "abnormal* abus* adversar* anomal* attack* backdoor* beacon* benign bot botnet* breach* "
    "browser* brute* command* compromis* crack* credential* ddos denial* dictionary discover* dns "
    "dos elevat* enumerat* exfiltrat* exploit* fingerprint* flood* force forced fragment* "
    "goldeneye hack* harmless harvest* heartbleed hijack* hulk illegitimate infect* infiltrat* "
    "inject* innocent* intrud* intrusi* lateral legitimate* login logins malicious* malware "
    "man-in-the-middle mirai misus* mitm normal* os outage* overwhelm* password* patator phish* "
    "ping pings poison* port ports portscan* probe probes probing ransomware recon reconn* safe "
    "saturat* scan* script* secur* slowhttptest slowloris sniff* spoof* sql ssh steal* stealth* "
    "suspicious* sweep* synonymous target* theft threat* trojan* unusual* uploading* victim* "
    "virus* vulnerab* weaponi* web worm* xss "
    "bogus criminal* danger* evil forbidden fraud* harmful* hostil* illegal* illicit* insecur* "
    "nefarious* risk* rogue* trust* unauthori* unlawful* unsafe untrust* unwanted"
)

NUMBERS = _words(
    "one two three four five six seven eight nine ten eleven twelve thirteen* "
    "fourteen* fifteen* sixteen* seventeen* eighteen* nineteen* twent* thirt* forty fortieth fift* "
    "sixt* sevent* eight* ninet* ninth tenth eleventh twelfth dozen* hundred* "
    "thousand* million* billion* trillion* zero first third fourth half halves quarter* double* "
    "triple* twice thrice pair pairs couple single several few"
)
DIGIT = re.compile(r"[0-9%]")

ADDRESSES = _words("address* ip ipv4 ipv6 mac hostname* host hosts url* domain* subnet* localhost")

# Facts that no slot holds.
JUDGEMENTS = _words(
    "bidirectional* bigger brief briefly brisk* busy constant* continuous* dominat* efficient* "
    "encrypted enormous evenly fast faster heavy heavily high huge idle important* impressive* "
    "interesting* large lengthy light* little low majority massive mere minimal minority modest* "
    "most mostly notabl* quick* rapid* remarkabl* short short-lived significan* slow* small "
    "steady steadily successful* sustained swift* tiny uniform*"
)

# "Over" a count or a rate is more than it, but for what is spread or counted over so many packets
# and what is handed over. A time may pass "over" so many seconds, but not last over them.
_OVER = (
    r"(?<!spread )(?<!counted )(?<!flags )(?<!hands )over <(?!PROTOCOL|DURATION_S)|"
    r"(?:for|in|of|is|was|last|lasts|lasted|lasting|take|takes|took|taking|spans?|spanning) "
    r"over <DURATION_S"
)

# What turns a value into a bound, and what turns a statement into its opposite.
BOUNDS = re.compile(
    r"\b(?:(?:more|less|fewer|greater|longer|shorter|higher|lower|other) than|at (?:least|most)|"
    r"(?<!add )(?<!adds )(?<!adding )up to|no (?:more|fewer|less)|"
    r"as (?:many|much|few|little|long) as|(?:under|above|below) <(?!PROTOCOL)|"
    rf"{_OVER}|(?:beyond|past|times|minus|short of) <|"
    r"fail\w*|los(?:e|es|ing|s|ses|t)|withh\w*|miss(?:es|ed|ing)?|refus\w*|den(?:y|ies|ied|ying)|"
    r"prevent\w*|except\w*|exclud\w*|instead|rather than|unless|"
    r"exceed\w*|almost|nearly|barely|only|just|mere|merely|upwards?|"
    r"not|no|never|none|without|neither|nor|cannot|hardly|lack\w*|zero)\b|n't\b",
    re.IGNORECASE,
)

CHATTER = re.compile(
    r"^(?:sure|certainly|of course|here|below|okay|ok|note|hope|let me|as an ai|paraphrases?|"
    r"the following|output|answer|response|version|variant|option|alternatively)\b[^<]*[:,!]|"
    r"\b(?:i|i'm|i've|me|my|you|your|we|us|our|let's|please|thanks?|sorry)\b|"
    r"\b(?:paraphras\w*|rephras\w*|reword\w*|sentences?|template\w*|json|assistant)\b",
    re.IGNORECASE,
)

# Function words of languages that answers slip into and that English lacks.
_FOREIGN = _words(
    "der die das und dieser diese dieses mit eine einen wird werden sekunden pakete pakete nach "
    "el los las una este esta con por segundos paquetes del "
    "le les une cette ce avec dans pendant secondes paquets et est "
    "il questo questa che nella pacchetti secondi o uma este pacotes segundos em"
)
_ENGLISH = _words(
    "a an the this that these its in of on over at by for from with within and while as to is are "
    "was were has had carries each per through across during via using"
)


def is_foreign(sentence: str) -> bool:
    """Whether a sentence lacks the small words of English, or has those of another language."""
    return bool(_FOREIGN.search(sentence)) or not _ENGLISH.search(sentence)
