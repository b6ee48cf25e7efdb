"""The answer STOP: what counts as a no, and nothing else does (rule 8)."""

import pytest

from odoo.addons.social_consent_monitoring.answers import says_no

QUOTED = "<blockquote>Offers. Unsubscribe below.</blockquote>"
NOES = (
    "STOP",
    "<p>Stop!</p>",
    "<p>unsubscribe.</p>",
    "<pre>Bitte abmelden.\n\n-- \nAda Example\nStop Ltd</pre>",
    f"<p>Nein, danke!</p>{QUOTED}",
    "<pre>STOP\n\nAm 3. Mai 2026 um 10:00 schrieb Shop &lt;shop@example.com&gt;:\n&gt; Offers</pre>",
    "<pre>ABMELDEN\n\nOn Mon, 3 May 2026, Shop wrote:\n&gt; Offers</pre>",
    "<div>Hallo,<br>bitte abmelden<br><br>Mit freundlichen Grüßen<br>Ada</div>",
    "<p>Nein</p><p>Von meinem iPhone gesendet</p>",
    "<div>NO THANKS</div><div class='gmail_quote'>On Monday Shop wrote: Offers</div>",
    "<p>Stop</p><div class='gmail_signature'>Ada, Sales</div>",
    "<p>Stop</p><hr><p>From: Shop<br>Subject: Offers</p>",
    "<p>St\u200bop</p>",
    "<p>Stop</p><p>________________________________</p><p>Offers</p>",
    "<p>Stop</p><p>-----Original Message-----</p><p>Offers</p>",
    "<p>Stop</p><div class='moz-cite-prefix'>Shop, yesterday</div>",
    "<p>Stop</p><div id='divRplyFwdMsg'>Shop, yesterday</div>",
    "<p>Stop</p><div id='appendonsend'>Shop</div><div data-o-mail-quote='1'>Offers</div>",
)
OTHERS = (
    "",
    None,
    "<p></p>",
    QUOTED,
    "<pre>&gt; STOP</pre>",
    "<p>Stop the delivery, please</p>",
    "<p>Please stop sending it to my old office, use the new one</p>",
    "<p>Nein danke, aber rufen Sie mich an</p>",
    "<p>Can I unsubscribe?</p>",
    "<p>Yes</p>",
    "<p>STOP</p>" + "x" * 200_000,
    "<p>STOP</p>" + " " * 200_000,
    "\x00<<<>>>",
)


@pytest.mark.parametrize("body", NOES)
def test_a_no_is_understood(body):
    assert says_no(body)


@pytest.mark.parametrize("body", OTHERS)
def test_what_says_more_is_left_to_people(body):
    assert not says_no(body)
