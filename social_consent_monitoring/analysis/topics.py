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


def make_pattern(words):
    """Return the pattern that finds these keywords as whole words; None without any."""
    parts = [
        r"\s+".join(re.escape(part).replace(r"\*", r"\w*") for part in word.split())
        for word in words
    ]
    if not parts:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


_special = make_pattern([word.replace("_", " ") for word in SPECIAL])


def find_special(keywords):
    """Return the keywords that would tell what nobody may derive of a person."""
    return [word for word in split(keywords) if _special.search(word)]


# Legal forms: nobody writes them who speaks of a company.
FORMS = """
gmbh ggmbh mbh ug haftungsbeschränkt ag kg kgaa ohg gbr se eg e.g. e.k. ek e.kfm. e.v. ev & co
co. ltd ltd. limited inc inc. llc llp plc corp corp. corporation company sa s.a. sas sarl srl
s.r.l. spa s.p.a. bv b.v. nv n.v. ab as oy aps
""".split()


def strip_forms(name):
    """Return a company's name without its legal form: Nordlicht GmbH & Co. KG is Nordlicht."""
    words = (name or "").split()
    while len(words) > 1 and words[-1].strip(",()").lower() in FORMS:
        words.pop()
    return " ".join(words).rstrip(",")


def get_names(companies, others):
    """Return the keywords by which posts name these: as a hashtag and with a genitive s, too.

    :param companies: names of companies, with their legal forms
    :param others: brands, hashtags and handles
    """
    names = {strip_forms(name) for name in companies} | {(each or "").strip() for each in others}
    names = {name.lstrip("@#").replace("*", "") for name in names}
    names |= {name.replace(" ", "") for name in names}
    return sorted(form for name in names for each in split(name) for form in (each, f"{each}s"))


def make_matcher(keywords, excluded="", languages=()):
    """Return a function that tells of a text and its language whether they are of the topic."""
    wanted, unwanted = make_pattern(split(keywords)), make_pattern(split(excluded))

    def matches(text, language=None):
        if languages and language not in languages:
            return False
        if not wanted or not wanted.search(text):
            return False
        return not (unwanted and unwanted.search(text))

    return matches
