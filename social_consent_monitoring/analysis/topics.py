"""Topics by keywords: whole words, `*` for any ending."""

import re

# Words by which a topic would tell of a person what GDPR Art. 9 protects, English and German.
SPECIAL = """
religi* christ* muslim* moslem* islam* jewish jew jews jud* jüd* hindu* buddhis* katholi* catholic*
evangeli* protestant* atheis* church* kirche* moschee* mosque* synagog* bible bibel koran quran
politic* politisch* partei parteien cdu csu spd afd fdp grüne linke republican* democrat* wähler*
voter* nazi* kommunis* communis* gewerkschaft* trade_union* labour_union* labor_union* verdi
betriebsrat* homosexu* heterosexu* bisexu* schwul* lesb* gay* queer* transgender* transsexu* lgbt*
sexuell* sexual* sex* krebs* cancer* hiv aids depress* diabet* epilep* schizo* krank* illness*
disease* diagnos* schwanger* pregnan* abtreibung* abortion* behinder* disab* psychi* therap*
suizid* suicid* sucht* addict* alkoholi* alcoholi* genetic* genetisch* biometr* ethni* racial* rasse*
migrant* flüchtling* refugee* roma sinti zigeuner*
""".split()


def split(text):
    """Return the keywords of a field, one a line, without those that would find everything."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in (text or "").splitlines())
    return [line for line in lines if len(re.sub(r"\W", "", line)) > 2]


def _make_pattern(words):
    """Return the pattern of these keywords; None without any."""
    parts = [r"\s+".join(map(_make_part, word.split())) for word in words]
    if not parts:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def _make_part(part):
    """Return the pattern of a word, in which one `*` counts, the last.

    With more of them a text that somebody wrote for it would keep the reader busy for hours.
    """
    before, star, after = re.sub(r"\*+", "*", part).rpartition("*")
    return re.escape(before) + (r"\w*" if star else "") + re.escape(after)


def find_starry(keywords):
    """Return the words with more than one `*`."""
    words = " ".join(split(keywords)).split()
    return [word for word in words if re.search(r"\*.*\*", word)]


_special = _make_pattern([word.replace("_", " ") for word in SPECIAL])


def find_special(keywords):
    """Return the keywords that would tell what nobody may derive of a person."""
    return [
        word
        for word in split(keywords)
        if _special.search(word) or any(map(_finds_special, word.split()))
    ]


def _finds_special(part):
    """Whether a word with a `*` finds one of these words, though it stops before it: relig*."""
    if "*" not in part:
        return False
    pattern = re.compile(_make_part(part), re.IGNORECASE)
    return any(pattern.fullmatch(word.rstrip("*")) for word in SPECIAL)


def make_matcher(keywords, excluded="", languages=()):
    """Return a function that tells of a text and its language whether they are of the topic."""
    wanted, unwanted = _make_pattern(split(keywords)), _make_pattern(split(excluded))

    def matches(text, language=None):
        if languages and language not in languages:
            return False
        if not wanted or not wanted.search(text):
            return False
        return not (unwanted and unwanted.search(text))

    return matches
