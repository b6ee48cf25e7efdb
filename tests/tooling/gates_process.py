"""One side of the benchmark ``gates``: a process of its own, so that its memory is its own.

``gates_process.py DATABASE prepare|mailing|send COUNT [BATCH]`` prints one line of JSON: seconds,
peak of memory in bytes, number of queries. Nothing but what ``prepare`` makes is kept.
"""

import json
import resource
import sys
import time
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import Cursor
from odoo.tools import config

SUBJECT = "gates"
ADDRESSES = "%@bench.example.com"


def main(name, task, count, batch=None):
    config.parse_config(["-d", name, "--no-http", "--log-level=error"], setup_logging=True)
    with Registry(name).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if batch:
            env["ir.config_parameter"].set_param("mail.batch_size", batch)
        result = TASKS[task](env, int(count))
        if task != "prepare":
            cr.rollback()
    print(json.dumps(result))


def prepare(env, count):
    """Make the contacts; where the addon is installed all of them consent."""
    partners = env["res.partner"].create(
        [{"name": f"Contact {i}", "email": f"c{i}@bench.example.com"} for i in range(count)]
    )
    if "social.consent" in env:
        partners._give_social_consent("contact", "email", method="portal")
    env.flush_all()
    env.cr.execute("ANALYZE")
    return len(partners)


def find_partners(env, count):
    domain = [("email", "=like", ADDRESSES)]
    return env["res.partner"].search(domain, order="id", limit=count)


def make_mailing(env, count):
    return env["mailing.mailing"].create(
        {
            "subject": SUBJECT,
            "body_html": "<p>News for you, <t t-out='object.name'/></p>",
            "mailing_model_id": env["ir.model"]._get_id("res.partner"),
            # By a bound: Odoo reads no list of twenty thousand ids.
            "mailing_domain": [
                ("email", "=like", ADDRESSES),
                ("id", "<=", find_partners(env, count)[-1].id),
            ],
            "keep_archives": True,
        }
    )


def send_mailing(env, count):
    mailing = make_mailing(env, count)
    figures = measured(env, mailing.action_send_mail)
    # Odoo queues a large mailing, and a job sends it.
    domain = [("mailing_id", "=", mailing.id), ("state", "in", ["outgoing", "sent"])]
    made = env["mail.mail"].search_count(domain)
    assert made == count, f"{made} of {count} were made"
    return figures


def send_mails(env, count):
    mailing = make_mailing(env, count)
    mails = env["mail.mail"].create(
        [
            {
                "subject": SUBJECT,
                "body_html": "<p>News for you</p>",
                "mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": partner.id,
                "recipient_ids": [(4, partner.id)],
                "email_from": "bench@example.com",
            }
            for partner in find_partners(env, count)
        ]
    )
    env.flush_all()
    env.invalidate_all()
    sent = []
    figures = measured(env, mails.send, sent)
    assert len(sent) == count, f"{len(sent)} of {count} were sent"
    return figures


def measured(env, act, sent=None):
    """Measure an act; what it sends goes nowhere but into the list ``sent``."""
    server = type(env["ir.mail_server"])

    def take(_self, message, *_arguments, **_options):
        if sent is not None:
            sent.append(message["To"])
        return message["Message-Id"]

    env.flush_all()
    before = env.cr.sql_log_count
    with (
        patch.object(server, "_connect__", lambda *_arguments, **_options: None),
        patch.object(server, "send_email", take),
        # Odoo commits each batch; here all of it is undone in the end.
        patch.object(Cursor, "commit", Cursor.flush),
    ):
        start = time.perf_counter()
        act()
        env.flush_all()
        seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "queries": env.cr.sql_log_count - before,
    }


TASKS = {"prepare": prepare, "mailing": send_mailing, "send": send_mails}

if __name__ == "__main__":
    main(*sys.argv[1:])
