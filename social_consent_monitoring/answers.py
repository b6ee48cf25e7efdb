"""What an answer to advertising says, in plain Python: is it nothing but a no?

Only an answer that says no and nothing else counts: in doubt a person reads it, and decides.
"""

import re

from lxml import html

# In lower case, without marks and double spaces.
NO = frozenset(
    """
    stop|unsubscribe|remove|remove me|please remove me|please unsubscribe|please unsubscribe me
    |unsubscribe me|opt out|please stop|no thanks|no thank you|no more|no more mails
    |no more emails|stop it
    |stopp|abmelden|abmeldung|bitte abmelden|bitte stopp|bitte stop|bitte löschen sie mich
    |bitte melden sie mich ab|ich möchte mich abmelden|hiermit melde ich mich ab|abbestellen
    |bitte abbestellen|austragen|bitte austragen|nein danke|nein|kein interesse
    |keine werbung|keine werbung mehr|bitte keine werbung mehr|bitte keine werbung
    |bitte keine weiteren mails|bitte keine mails mehr|keine mails mehr|widerruf|ich widerrufe
    |hiermit widerrufe ich|widerspruch|ich widerspreche|hiermit widerspreche ich
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
# Below such a line stands no answer: what was answered to, or a signature.
BELOW = re.compile(
    r"""^\s*(
        > | --\s*$ | _{5,} | -{5,}
        | (on|am)\b.*(wrote|schrieb).*:?\s*$
        | (from|von|sent|gesendet|date|datum)\s*: | (sent|gesendet|von)\b.*\b(from|mit|mein\w*|my)\b
        | (mit\s)?(freundliche[nm]?|viele|beste|liebe|schöne)\s+gr(ü|ue)(ß|ss)e | mfg\b | lg\b | vg\b
        | (kind|best|warm)\s+regards | regards | best\s+wishes | many\s+thanks | cheers | thanks\b
        | (vielen\s)?dank\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
GREETING = re.compile(
    r"^\s*(hallo|hello|hi|dear|guten\s+(tag|morgen|abend)|sehr\s+geehrte)\b.*,?\s*$", re.IGNORECASE
)
# How mail programs mark what they quote, and whom they sign for.
QUOTES = (
    "//blockquote|//*[contains(@class, 'gmail_quote') or contains(@class, 'signature')"
    " or contains(@class, 'moz-cite-prefix') or @data-o-mail-quote or @id='divRplyFwdMsg'"
    " or @id='appendonsend']"
)
LONGEST = 100_000


def says_no(body):
    """Tell whether an answer, as HTML, says no to advertising and nothing else.

    What it quotes, a greeting and a signature do not count, nor do case and marks.
    """
    if not body or len(body) > LONGEST:
        return False
    return _plain(_get_said(_get_text(body))) in NO


def _get_text(body):
    """Return the text of HTML, a line for each block, without what it quotes."""
    try:
        tree = html.fromstring(f"<div>{body}</div>")
    except (ValueError, html.etree.ParserError):
        return ""
    for quote in tree.xpath(QUOTES):
        if quote.getparent() is not None:
            quote.drop_tree()
    for block in tree.iter("br", "p", "div", "li", "tr", "hr"):
        block.tail = f"\n{block.tail or ''}"
        if block.tag != "br":
            block.text = f"\n{block.text or ''}"
    return tree.text_content()


def _get_said(text):
    """Return what stands above the first line that is a quotation or a signature."""
    said = []
    for line in text.splitlines():
        if BELOW.match(line):
            break
        if not GREETING.match(line):
            said.append(line)
    return " ".join(said)


def _plain(text):
    words = re.sub(r"[^\w\s]", " ", text.replace("\u200b", "").casefold())
    return " ".join(words.split())
