"""The record of consents cannot be forged or lose anything unnoticed (rule 8, GDPR Art. 7(1))."""

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import JsonRpcException
from odoo.tools import config, mute_logger

from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.models.social_consent_evidence import get_digest

from common import ADDON, Common, CommonHttp


class CommonChain(Common):
    def setUp(self):
        super().setUp()
        self.events = self.env["social.consent.event"]
        self.seals = self.env["social.consent.seal"]
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(patch.dict(config.options, {"data_dir": folder}))

    def tamper(self, statement, *params, table="social_consent_event"):
        """Change a table as its owner can: with the trigger switched off."""
        self.env.flush_all()
        self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        self.env.cr.execute(statement, params)
        self.env.invalidate_all()

    def remove(self, events):
        self.env["social.consent.evidence"].search([("event_id", "in", events.ids)]).unlink()
        self.tamper("DELETE FROM social_consent_event WHERE id = ANY(%s)", events.ids)

    def assert_broken(self, reason, event=None):
        found = self.events._find_break()
        self.assertTrue(found, "nothing was found")
        self.assertRegex(found.reason, reason)
        self.assertTrue(self.events._verify() or "Evidence" in reason)
        if event:
            self.assertEqual(found.event, event)


class TestSeals(CommonChain):
    def setUp(self):
        super().setUp()
        self.consent = self.give()
        self.first = self.consent.event_ids

    def test_a_seal_names_the_end_of_each_chain_that_grew(self):
        other = self.give(partner=self.env["res.partner"].create({"name": "Other"}))
        self.withdraw()
        seal = self.seals._seal()
        ends = {head.subject_key: head.event_hash for head in seal.head_ids}
        self.assertEqual(ends[self.partner.social_subject_key], self.consent.event_ids[0].hash)
        self.assertEqual(ends[other.subject_id.key], other.event_ids.hash)
        self.assertFalse(self.seals._seal(), "nothing grew since")
        self.withdraw(partner=self.env["res.partner"].search([("name", "=", "Other")]))
        second = self.seals._seal()
        self.assertEqual(second.head_ids.mapped("subject_key"), [other.subject_id.key])
        self.assertEqual(second.previous_hash, seal.hash)
        self.assertFalse(self.events._find_break())

    def test_an_act_that_is_committed_late_is_sealed_later(self):
        late = self.events._take_sequences(1)[0]
        for hours in (0, 1, 2):
            self.enterContext(self.after(hours=hours))
            self.give()
            self.assertTrue(self.seals._seal())
        other = self.give(partner=self.env["res.partner"].create({"name": "Late"}))
        self.tamper(
            "UPDATE social_consent_event SET sequence = %s WHERE id = %s", late, other.event_ids.id
        )
        self.assertIn(other.subject_id.key, self.seals._seal().head_ids.mapped("subject_key"))

    def test_what_was_sealed_long_ago_is_not_walked_again(self):
        self.seals._seal()
        with self.after(days=3):
            self.withdraw()
            self.seals._seal()
            self.assertEqual(self.seals._get_settled_sequence(), self.first.sequence)

    def test_removing_the_last_event_is_found_from_the_last_seal_on(self):
        self.withdraw()
        self.seals._seal()
        last = self.consent.event_ids[0]
        place = last.sequence
        self.remove(last)
        # Whoever removes it makes the consent fit, too.
        self.env.cr.execute(
            "UPDATE social_consent SET recorded_state = 'given', event_sequence = %s,"
            " valid_until = %s WHERE id = %s",
            (
                self.first.sequence,
                json.loads(self.first.payload)["valid_until"],
                self.consent.id,
            ),
        )
        self.env.invalidate_all()
        self.assert_broken(rf"Event {place}.*seal.*gone", self.first)

    def test_a_replaced_chain_is_found(self):
        self.seals._seal()
        payload = self.first.payload.replace('"method":"staff"', '"method":"portal"')
        from odoo.addons.social_consent_monitoring.models.social_consent_event import hash_link

        self.tamper(
            "UPDATE social_consent_event SET payload = %s, hash = %s WHERE id = %s",
            payload,
            hash_link(None, payload),
            self.first.id,
        )
        self.assert_broken("seal .* names, is gone or was replaced", self.first)

    def test_a_changed_seal_is_found(self):
        seal = self.seals._seal()
        for statement in (
            "UPDATE social_consent_seal SET payload = replace(payload, 'heads', 'heats')",
            "UPDATE social_consent_seal SET sealed_at = sealed_at - interval '1 day'",
            "UPDATE social_consent_seal SET sequence = 100 + sequence",
            "UPDATE social_consent_seal SET previous_hash = 'x'",
        ):
            with self.env.cr.savepoint() as savepoint:
                self.tamper(f"{statement} WHERE id = %s", seal.id, table="social_consent_seal")
                self.assert_broken(f"Seal {seal.sequence} was changed")
                savepoint.rollback()
            self.env.invalidate_all()
        self.tamper(
            "DELETE FROM social_consent_seal_head WHERE seal_id = %s",
            seal.id,
            table="social_consent_seal_head",
        )
        self.assert_broken(f"Seal {seal.sequence} was changed")

    def test_a_sealed_end_that_was_moved_to_another_person_is_found_for_that_person(self):
        other = self.give(partner=self.env["res.partner"].create({"name": "Other"}))
        head = self.seals._seal().head_ids.filtered(
            lambda head: head.subject_key == self.partner.social_subject_key
        )
        self.tamper(
            "UPDATE social_consent_seal_head SET subject_key = %s WHERE id = %s",
            other.subject_id.key,
            head.id,
            table="social_consent_seal_head",
        )
        self.assertIn("is gone or was replaced", self.events._find_break([other.subject_id.key])[1])

    def test_the_file_alone_shows_that_the_seals_were_replaced(self):
        self.seals._seal()
        self.env.cr.postcommit.run()
        self.assertFalse(self.events._find_break())
        self.env["ir.attachment"].search([("res_model", "=", self.seals._name)]).unlink()
        for table in ("social_consent_seal_head", "social_consent_seal"):
            self.tamper(f"DELETE FROM {table}", table=table)
        self.assert_broken("anchored outside")
        # What another database of this name left there says nothing about this one.
        file = self.seals._get_file()
        uuid = self.env["ir.config_parameter"].get_param("database.uuid")
        file.write_text(file.read_text().replace(uuid, "another"))
        self.assertFalse(self.events._find_break())

    def test_replacing_seals_and_chains_together_is_found_by_the_anchors(self):
        seal = self.seals._seal()
        anchor = seal._get_anchor()
        for table in ("social_consent_seal_head", "social_consent_seal"):
            self.tamper(f"DELETE FROM {table}", table=table)
        self.assert_broken("anchored outside")
        self.env["ir.attachment"].search([("res_model", "=", self.seals._name)]).unlink()
        self.assertFalse(self.events._find_break())
        found = self.seals._find_broken_anchor([anchor])
        self.assertRegex(found.reason, "anchored outside")

    def test_a_seal_is_anchored_in_an_attachment_a_file_and_a_mail(self):
        self.officer.email = "officer@example.com"
        self.enterContext(self.after(days=2))
        seal = self.seals._seal()
        anchor = json.loads(seal._get_anchor())
        self.assertEqual((anchor["seal"], anchor["hash"]), (seal.sequence, seal.hash))
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", seal._name), ("res_id", "=", seal.id)]
        )
        self.assertEqual(json.loads(attachment.raw), anchor)
        mail = self.env["mail.mail"].search([("email_to", "like", "officer@example.com")])
        self.assertIn(seal.hash, mail.body_html)
        self.assertFalse(self.seals._get_file().exists(), "not before the commit")
        self.env.cr.postcommit.run()
        self.assertEqual(json.loads(self.seals._get_file().read_text()), anchor)
        self.withdraw()
        self.seals._seal()
        self.env.cr.postcommit.run()
        self.assertEqual(len(self.seals._get_file().read_text().splitlines()), 2)

    def test_the_officers_get_one_mail_a_day(self):
        self.officer.email = "officer@example.com"
        with self.after(days=2):
            self.assertTrue(self.seals._seal().is_mailed)
            self.withdraw()
            self.assertFalse(self.seals._seal().is_mailed)
        with self.after(days=3):
            self.give()
            self.assertTrue(self.seals._seal().is_mailed)

    def test_a_disk_that_is_full_undoes_no_consent(self):
        Path(config["data_dir"], "social_consent_seals").write_text("no folder")
        self.seals._seal()
        with self.assertLogs(f"odoo.addons.{ADDON}", "ERROR"):
            self.env.cr.postcommit.run()

    @mute_logger("odoo.sql_db")
    def test_nobody_changes_or_deletes_a_seal(self):
        seal = self.seals._seal()
        for records in (seal, seal.head_ids):
            for call in (
                lambda records=records: records.sudo().write({"id": 1}),
                lambda records=records: records.sudo().unlink(),
                lambda records=records: records.sudo().copy(),
            ):
                with self.assertRaisesRegex(UserError, "append-only"):
                    call()
            with self.assertRaisesRegex(psycopg2.Error, "append-only"), self.env.cr.savepoint():
                self.env.cr.execute(f"DELETE FROM {records._table}")

    def test_only_the_officer_sees_seals_and_checks(self):
        self.seals._seal()
        for user in (self.clerk, self.manager, self.sales, self.employee):
            seals = self.seals.with_user(user)
            for call in (seals.search, seals.check_access):
                with self.assertRaises(AccessError):
                    call([] if call == seals.search else "read")
            with self.assertRaises(AccessError):
                seals.action_seal()
            with self.assertRaises(AccessError):
                seals.action_check()
        answer = self.seals.with_user(self.officer).action_check()
        self.assertIn("Whole", answer["params"]["message"])


class TestSealNow(CommonHttp):
    """The button above the list, as the web client presses it."""

    def press(self, *ids):
        call = {"model": "social.consent.seal", "method": "action_seal"}
        path = "/web/dataset/call_button/social.consent.seal/action_seal"
        answer = self.make_jsonrpc_request(path, {**call, "args": [ids], "kwargs": {}})
        return answer["params"]["message"]

    def test_the_officer_seals_whether_or_not_seals_are_selected(self):
        self.give()
        self.authenticate("officer", "officer")
        self.assertIn("was put on the record", self.press())
        first = self.env["social.consent.seal"].search([], limit=1)
        self.assertIn(self.partner.social_subject_key, first.head_ids.mapped("subject_key"))
        with mute_logger("odoo.http"), self.assertRaisesRegex(JsonRpcException, "UserError"):
            self.press()
        self.withdraw()
        self.press(first.id)
        second = self.env["social.consent.seal"].search([], limit=1)
        self.assertEqual(second.previous_hash, first.hash)

    def test_nobody_else_seals(self):
        self.give()
        before = self.env["social.consent.seal"].search([])
        for login in ("manager", "sales"):
            self.authenticate(login, login)
            with mute_logger("odoo.http"), self.assertRaisesRegex(JsonRpcException, "AccessError"):
                self.press()
        self.assertEqual(self.env["social.consent.seal"].search([]), before)


class TestCheck(CommonChain):
    def test_the_button_names_the_first_broken_link(self):
        event = self.give().event_ids
        self.tamper("UPDATE social_consent_event SET state = 'refused' WHERE id = %s", event.id)
        answer = self.seals.with_user(self.officer).action_check()
        self.assertEqual(answer["params"]["type"], "danger")
        self.assertIn(str(event.sequence), answer["params"]["message"])

    def test_the_job_fails_and_tells_the_officers(self):
        self.officer.email = "officer@example.com"
        event = self.give().event_ids
        self.seals._cron_check()
        self.tamper("UPDATE social_consent_event SET state = 'refused' WHERE id = %s", event.id)
        with self.assertLogs(f"odoo.addons.{ADDON}", "ERROR") as logged:
            self.seals._cron_check()
        self.assertIn("was changed", logged.output[0])
        mail = self.env["mail.mail"].search([("email_to", "like", "officer@example.com")], limit=1)
        self.assertIn("broken", mail.subject)

    def test_changed_evidence_is_found_and_erased_evidence_is_not(self):
        event = self.give().event_ids
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        # The same text, agreed to by nobody.
        twin = evidence.notice_id.copy({"text": evidence.notice_id.text})
        for change in (
            "details = replace(details, 'phone', 'paper')",
            "method = 'portal'",
            "salt = 'other'",
            "acting_user_id = 1 + acting_user_id",
            f"notice_id = {twin.id}",
            f"event_id = {self.give('enrich').event_ids.id}",
        ):
            with self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(
                    f"UPDATE social_consent_evidence SET {change} WHERE id = %s", (evidence.id,)
                )
                self.env.invalidate_all()
                self.assert_broken("Evidence", None if "event_id" in change else event)
                savepoint.rollback()
            self.env.invalidate_all()
        evidence.unlink()
        self.assertFalse(self.events._find_break())

    def test_an_act_that_takes_longer_than_a_second_leaves_whole_events(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(5)])
        with freeze_time(fields.Datetime.now(), auto_tick_seconds=0.6):
            self.give(partner=partners, given_at=fields.Datetime.now() - timedelta(days=1))
        self.assertFalse(self.events._find_break())

    def test_many_chains_are_checked_in_batches(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(30)])
        for _time in range(2):
            self.give(partner=partners)
        with patch(f"odoo.addons.{ADDON}.models.social_consent_event.BATCH", 7):
            self.assertFalse(self.events._verify())
            last = self.events.search([], limit=1)
            self.tamper(
                "UPDATE social_consent_event SET previous_hash = 'x' WHERE id = %s", last.id
            )
            self.assertEqual(self.events._verify(), last)
            keys = (partners - partners[-1]).mapped("social_subject_key")
            self.assertFalse(self.events._verify(keys))

    def test_a_consent_moved_to_another_person_is_found(self):
        consent, other = (
            self.give(),
            self.give(partner=self.env["res.partner"].create({"name": "B"})),
        )
        last = consent.event_ids
        self.withdraw("match", partner=other.partner_id)
        for statement, params in (
            (
                "UPDATE social_consent SET channel = 'sms', subject_id = %s WHERE id = %s",
                (other.subject_id.id, consent.id),
            ),
            ("UPDATE social_subject SET key = key || 'x' WHERE id = %s", (consent.subject_id.id,)),
        ):
            with self.env.cr.savepoint() as savepoint:
                self.env.flush_all()
                self.env.cr.execute(statement, params)
                self.env.invalidate_all()
                self.assertEqual(self.events._find_break().event, last)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_the_key_of_a_person_is_never_typed_in(self):
        subject = self.give().subject_id
        for call in (
            lambda: subject.sudo().write({"key": "x"}),
            lambda: subject.sudo().unlink(),
            lambda: self.env["social.subject"].sudo().create({}),
        ):
            with self.assertRaisesRegex(UserError, "follows from an act"):
                call()

    def test_no_event_left_is_said_as_such(self):
        self.give()
        self.env["social.consent.evidence"].search([]).unlink()
        self.tamper("DELETE FROM social_consent_event")
        found = self.events._find_break()
        self.assertFalse(found.event)
        self.assertIn("is gone", found.reason)
        with self.assertRaisesRegex(UserError, "is gone"):
            self.events._verify()
        answer = self.seals.with_user(self.officer).action_check()
        self.assertEqual(answer["params"]["type"], "danger")

    def test_evidence_forged_with_a_digest_that_fits_is_found(self):
        event = self.give().event_ids
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        details = evidence.details.replace("phone", "paper")
        self.env.cr.execute(
            "UPDATE social_consent_evidence SET details = %s, digest = %s WHERE id = %s",
            (details, get_digest(evidence.salt, details), evidence.id),
        )
        self.env.invalidate_all()
        self.assert_broken("Evidence", event)

    def test_a_document_that_was_slipped_in_later_is_found(self):
        event = self.give().event_ids
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        self.env["ir.attachment"].create(
            {"name": "x", "raw": b"x", "res_model": evidence._name, "res_id": evidence.id}
        )
        self.assert_broken("Evidence", event)

    def test_evidence_that_nobody_can_parse_is_broken_and_breaks_nothing(self):
        consent = self.give(
            method="link",
            evidence={"user_agent": "evil\x00agent\ud800", "odd": float("nan"), "note": {"a": {1}}},
        )
        self.assertFalse(self.events._find_break())
        evidence = self.env["social.consent.evidence"].search(
            [("event_id", "=", consent.event_ids.id)]
        )
        for change in ("details = '{'", "details = NULL", "details = NULL, notice_id = NULL"):
            with self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(
                    f"UPDATE social_consent_evidence SET {change} WHERE id = %s", (evidence.id,)
                )
                self.env.invalidate_all()
                self.assertEqual(self.events._find_break().event, consent.event_ids)
                savepoint.rollback()
            self.env.invalidate_all()
        for name in ("documents", "address_digest", "incentive"):
            with self.assertRaisesRegex(UserError, "attachment_ids"):
                self.give(method="link", evidence={name: "forged"})

    def test_the_text_of_an_old_notice_that_was_changed_is_found(self):
        event = self.give().event_ids
        notice = event.consent_id.notice_id
        self.publish(notice, "correction", text=notice.text + " More.")
        self.give()
        self.assertFalse(self.events._find_break())
        self.env.cr.execute(
            "UPDATE social_consent_notice SET text = text || '!' WHERE id = %s", (notice.id,)
        )
        self.env.invalidate_all()
        self.assertEqual(self.events._find_break([event.subject_key]).event, event)

    def test_another_identity_of_the_database_does_not_blind_the_check(self):
        self.give()
        self.seals._seal()
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        for table in ("social_consent_seal_head", "social_consent_seal"):
            self.tamper(f"DELETE FROM {table}", table=table)
        self.assertRegex(self.events._find_break().reason, "anchored outside")

    def test_an_anchor_that_was_made_into_nonsense_does_not_end_the_check(self):
        lines = ['{"seal": [], "hash": 1}', '{"database": {}}', "[]", "null", '{"sea', ""]
        self.assertFalse(self.seals._find_broken_anchor(lines))
        self.give()
        seal = self.seals._seal()
        self.env["ir.attachment"].search(
            [("res_model", "=", seal._name), ("res_id", "=", seal.id)]
        ).raw = lines[0].encode()
        self.assertFalse(self.seals._find_broken_anchor())

    def test_checking_many_seals_takes_no_more_queries(self):
        def count():
            self.seals.invalidate_model()
            before = self.env.cr.sql_log_count
            self.assertFalse(self.seals._find_broken_seal())
            return self.env.cr.sql_log_count - before

        self.give()
        self.seals._seal()
        few = count()
        for _number in range(3):
            self.withdraw()
            self.give()
            self.seals._seal()
        self.assertEqual(count(), few)


class TestAtOnce(CommonChain):
    def test_a_seal_that_is_made_during_the_check_is_no_alarm(self):
        self.give()
        seal = self.seals._seal()
        anchor = {**json.loads(seal._get_anchor()), "seal": seal.sequence + 1, "hash": "newer"}
        path = self.seals._get_file()
        path.parent.mkdir()
        path.write_text(json.dumps(anchor))
        self.assertRegex(self.seals._find_broken_anchor().reason, "anchored outside")
        rows = [(seal.sequence + 1, "newer")]
        with patch.object(type(self.env.registry), "cursor", lambda *_args, **_options: Rows(rows)):
            self.assertFalse(self.seals._find_broken_anchor())

    def test_a_consent_that_changed_meanwhile_starts_the_act_again(self):
        consent = self.give()
        self.env.flush_all()
        with (
            patch.object(
                type(self.env.registry), "cursor", lambda *_args, **_options: Later(consent)
            ),
            self.assertRaises(ConcurrencyError),
        ):
            self.withdraw()

    def test_the_chain_goes_on_from_what_another_connection_committed(self):
        consent = self.give()
        sequence = self.events._take_sequences(1)[0]
        rows = [(consent.subject_id.key, sequence, "committed elsewhere")]
        with patch.object(type(self.env.registry), "cursor", lambda *_args, **_options: Rows(rows)):
            heads = self.events._get_heads([consent.subject_id.key])
        self.assertEqual(heads, {consent.subject_id.key: "committed elsewhere"})


class Rows:
    """A second connection that sees these rows."""

    def __init__(self, rows):
        self.rows = rows

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return False

    def execute(self, _query):
        pass

    def fetchall(self):
        return self.rows


class Later(Rows):
    def __init__(self, consent):
        super().__init__([(consent.id, consent.event_sequence + 1)])


class TestEvidenceOfTheAct(CommonChain):
    def evidence_of(self, consent):
        event = consent.event_ids[0]
        return self.env["social.consent.evidence"].search([("event_id", "=", event.id)])

    def upload(self, name="form.pdf", raw=b"signed"):
        return self.env["ir.attachment"].create({"name": name, "raw": raw})

    def test_it_says_who_when_by_which_door_to_which_text_and_where(self):
        platform = self.env.ref(f"{ADDON}.platform_fediverse")
        consent = self.give(
            method="platform",
            platform=platform,
            evidence={"ip": "203.0.113.77", "user_agent": "Firefox " * 100, "medium": "web"},
        )
        evidence, notice = self.evidence_of(consent), consent.notice_id
        self.assertEqual(evidence.acting_user_id, self.env.user)
        self.assertEqual(evidence.method, "platform")
        self.assertEqual(evidence.platform, "fediverse")
        self.assertEqual(evidence.notice_version, str(notice.version))
        self.assertEqual(evidence.notice_hash, notice.text_hash)
        self.assertEqual(evidence.lang, "en_US")
        self.assertEqual(evidence.ip, "203.0.113.0/24")
        self.assertEqual(len(evidence.user_agent), 300)

    def test_r5_no_whole_ip_address_is_kept(self):
        for address, kept in (
            ("203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("no address", False),
        ):
            consent = self.give(method="link", evidence={"ip": address})
            self.assertEqual(self.evidence_of(consent).ip, kept)
            self.assertNotIn(".77", self.evidence_of(consent).details)

    def test_the_address_is_kept_as_a_digest_that_proves_it(self):
        consent = self.give(method="double_opt_in", evidence={"address": "Ada@Example.com"})
        evidence = self.evidence_of(consent)
        self.assertNotIn("example", evidence.details.lower())
        self.assertTrue(evidence._has_address("ada@example.com"))
        self.assertFalse(evidence._has_address("eve@example.com"))
        self.assertFalse(evidence._has_address(""))

    def test_r5_nobody_sees_by_the_digests_who_has_the_same_evidence(self):
        others = self.env["res.partner"].create([{"name": "B"}, {"name": "C"}])
        consents = self.give(partner=others, evidence={"note": "x", "address": "a@example.com"})
        proofs = [self.evidence_of(consent) for consent in consents]
        self.assertNotEqual(proofs[0].salt, proofs[1].salt)
        self.assertNotEqual(proofs[0].digest, proofs[1].digest)

    def test_r9_paper_and_phone_need_their_document(self):
        for medium in ("paper", "phone"):
            with self.assertRaisesRegex(UserError, "Attach the signed form"):
                self.give(evidence={"medium": medium, "note": "signed"})
        empty = self.upload()
        empty.raw = b""
        for ids in ([empty.id], [10**9]):
            with self.assertRaisesRegex(UserError, "missing or empty"):
                self.give(evidence={"medium": "paper", "attachment_ids": ids})
        self.assertFalse(self.partner.social_consent_ids)

    def test_r5_documents_are_kept_with_the_evidence_and_read_by_the_officer_alone(self):
        upload = self.upload()
        upload.public = True
        upload.generate_access_token()
        consent = self.give(evidence={"medium": "paper", "attachment_ids": upload.ids})
        evidence = self.evidence_of(consent)
        upload.unlink()
        document = evidence.attachment_ids
        self.assertFalse(document.public or document.access_token)
        self.assertEqual(document.with_user(self.officer).raw, b"signed")
        for user in (self.clerk, self.manager, self.sales, self.employee):
            with self.assertRaises(AccessError):
                document.with_user(user).read(["raw"])
        with self.assertRaises(AccessError):
            document.with_user(self.officer).write({"raw": b"forged"})
        self.assertFalse(self.events._find_break())
        document.sudo().raw = b"forged"
        self.assert_broken("Evidence", consent.event_ids)

    def test_a_document_that_the_user_may_not_read_is_no_evidence(self):
        foreign = self.upload().with_user(self.sales)
        foreign.sudo().write({"res_model": "social.consent.event", "res_id": self.give().id})
        partner = self.partner.with_user(self.sales)
        with self.assertRaises(AccessError):
            partner._give_social_consent(
                "enrich", method="staff", evidence={"attachment_ids": foreign.ids}
            )

    def test_erasing_evidence_takes_its_documents_along(self):
        consent = self.give(evidence={"medium": "paper", "attachment_ids": self.upload().ids})
        document = self.evidence_of(consent).attachment_ids
        self.evidence_of(consent).sudo().unlink()
        self.assertFalse(document.exists())
        self.assertFalse(self.events._find_break())

    def test_everybody_sees_that_evidence_exists_and_only_that(self):
        consent = self.give().with_user(self.employee)
        self.assertTrue(consent.has_evidence)
        with self.assertRaises(AccessError):
            consent.read(["event_ids"])
        self.env["social.consent.evidence"].search([]).sudo().unlink()
        consent.invalidate_recordset()
        self.assertFalse(consent.has_evidence)

    def test_evidence_is_never_typed_in(self):
        evidence = self.evidence_of(self.give())
        for call in (
            lambda: evidence.sudo().write({"details": "{}"}),
            lambda: evidence.sudo().copy(),
        ):
            with self.assertRaisesRegex(UserError, "follows from an act"):
                call()


class TestMinorsAndIncentives(CommonChain):
    def setUp(self):
        super().setUp()
        self.incentive = self.env["social.consent.incentive"].create(
            {"name": "Voucher of 5 €", "purpose_id": self.env.ref(f"{ADDON}.purpose_match").id}
        )

    def try_giving(self, **evidence):
        return self.give(evidence={"note": "In the shop.", **evidence})

    def sign_off(self):
        self.incentive.write({"counsel": "Dr. Law", "opinion": b"b2s="})
        self.incentive.action_sign_off()

    def test_r13_under_16_only_with_a_guardian(self):
        for evidence in ({"age": 15}, {"birth_date": fields.Date.today() - timedelta(days=5000)}):
            with self.assertRaisesRegex(UserError, "under 16"):
                self.try_giving(**evidence)
        self.assertFalse(self.partner.social_consent_ids)
        consent = self.try_giving(age=15, guardian="Mother, signed the form, too")
        self.assertEqual(consent.state, "given")

    def test_r13_from_16_on_a_person_consents_alone(self):
        born = fields.Date.today().replace(year=fields.Date.today().year - 16, day=1)
        self.assertTrue(self.try_giving(birth_date=str(born), age=None))
        self.assertTrue(self.try_giving(age=16))

    def test_r13_the_age_on_the_day_of_consent_counts_and_not_that_of_today(self):
        then = fields.Datetime.now() - timedelta(days=300)
        birthday = fields.Date.subtract(then.date(), years=16)
        young = {"note": "In the shop.", "birth_date": str(birthday + timedelta(days=1))}
        with self.assertRaisesRegex(UserError, "under 16"):
            self.give(evidence=young, given_at=then)
        self.give(evidence={**young, "guardian": "Father"}, given_at=then)
        self.give("enrich", evidence={"note": "x", "birth_date": str(birthday)}, given_at=then)
        self.give("monitor", evidence=young)
        self.sign_off()
        adult = fields.Date.subtract(then.date(), years=18)
        for born, words in ((adult + timedelta(days=1), "for adults"), (adult, None)):
            given = {"note": "x", "birth_date": str(born), "incentive_id": self.incentive.id}
            if words:
                with self.assertRaisesRegex(UserError, words):
                    self.give(evidence=given, given_at=then)
            else:
                self.assertTrue(self.give(evidence=given, given_at=then))
        with self.assertRaisesRegex(UserError, "Enter the age in years"):
            self.give(evidence={"note": "x", "birth_date": str(fields.Date.today())}, given_at=then)

    def test_r13_where_the_notice_asks_for_the_age_an_unknown_one_is_refused(self):
        self.env.cr.execute("UPDATE social_consent_notice SET ask_age = TRUE")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "asks for the person's age"):
            self.try_giving()
        self.assertTrue(self.try_giving(age=30))

    def test_an_age_that_is_none_is_refused(self):
        for evidence in ({"age": "old"}, {"birth_date": "yesterday"}, {"age": 999}):
            with self.assertRaisesRegex(UserError, "Enter the age in years"):
                self.try_giving(**evidence)

    def test_r12_an_incentive_needs_a_sign_off_first(self):
        with self.assertRaisesRegex(UserError, "No lawyer has signed off"):
            self.try_giving(incentive_id=self.incentive.id, age=30)
        with self.assertRaisesRegex(UserError, "Name the lawyer"):
            self.incentive.action_sign_off()
        self.sign_off()
        consent = self.try_giving(incentive_id=self.incentive.id, age=30)
        evidence = self.env["social.consent.evidence"].search(
            [("event_id", "=", consent.event_ids.id)]
        )
        self.assertIn("Voucher", evidence.incentive)
        with self.assertRaisesRegex(UserError, "No lawyer"):
            self.give(
                "enrich", evidence={"note": "x", "incentive_id": self.incentive.id, "age": 30}
            )
        with self.assertRaisesRegex(UserError, "No lawyer"):
            self.try_giving(incentive_id=10**9, age=30)

    def test_r13_no_incentive_under_18_or_at_an_unknown_age(self):
        self.sign_off()
        for evidence in ({"age": 17}, {}):
            with self.assertRaisesRegex(UserError, "for adults"):
                self.try_giving(incentive_id=self.incentive.id, **evidence)
        self.assertTrue(self.try_giving(incentive_id=self.incentive.id, age=18))

    def test_r12_another_opinion_is_not_the_one_that_was_signed_off(self):
        self.sign_off()
        self.env["ir.attachment"].search(
            [("res_model", "=", self.incentive._name), ("res_field", "=", "opinion")]
        ).raw = b"another"
        self.incentive.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "No lawyer"):
            self.try_giving(incentive_id=self.incentive.id, age=30)

    def test_r12_withdrawing_takes_nothing_back(self):
        self.sign_off()
        consent = self.try_giving(incentive_id=self.incentive.id, age=30)
        before = self.incentive.read()
        self.withdraw()
        self.assertEqual(consent.state, "withdrawn")
        self.incentive.invalidate_recordset()
        self.assertEqual(self.incentive.read(), before)

    def test_r12_a_signed_off_incentive_stays_as_the_lawyer_saw_it(self):
        for call in (
            lambda: self.incentive.write({"signed_off_on": fields.Datetime.now()}),
            lambda: self.incentive.with_context(default_signed_off_on=fields.Datetime.now()).create(
                {"name": "x", "purpose_id": self.incentive.purpose_id.id}
            ),
        ):
            with self.assertRaisesRegex(UserError, "signed off by"):
                call()
        self.sign_off()
        for call in (
            lambda: self.incentive.write({"name": "Voucher of 500 €"}),
            lambda: self.incentive.unlink(),
        ):
            with self.assertRaisesRegex(UserError, "stays as the lawyer saw it"):
                call()
        self.incentive.active = False
        with self.assertRaisesRegex(UserError, "No lawyer"):
            self.try_giving(incentive_id=self.incentive.id, age=30)

    def test_a_refusal_is_logged_and_names_nobody(self):
        with self.assertRaisesRegex(UserError, "under 16"):
            self.try_giving(age=15)
        row = self.env["social.decision"].search([("act", "=", "consent")], limit=1)
        self.assertEqual((row.allowed, row.reason, row.rule), (False, "guardian_missing", "R13"))


class TestJoining(CommonChain):
    """Merge and conversion: nothing is lost, and the most restrictive state wins."""

    def merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [(6, 0, (source | target).ids)], "dst_partner_id": target.id}
        )
        wizard.action_merge()

    def setUp(self):
        super().setUp()
        self.other = self.env["res.partner"].create(
            {"name": "Ada Again", "email": "ada@example.com"}
        )

    def put(self, partner, state):
        consent = self.give(partner=partner)
        if state == "withdrawn":
            self.withdraw(partner=partner)
        elif state != "given":
            consent.sudo()._move(state, "staff")
        return consent

    def test_whichever_way_they_are_merged_the_stricter_state_wins(self):
        for first, second in (
            ("given", "withdrawn"),
            ("given", "invalidated"),
            ("given", "expired"),
            ("expired", "withdrawn"),
        ):
            for turned in (False, True):
                with self.subTest(first=first, second=second, turned=turned):
                    partners = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
                    self.put(partners[0], first)
                    self.put(partners[1], second)
                    source, target = reversed(partners) if turned else partners
                    self.merge(source, target)
                    self.assertEqual(target.social_consent_ids.state, second)
        self.assertFalse(self.events._find_break())

    def test_of_two_given_consents_the_shorter_counts(self):
        soon = fields.Datetime.now() + timedelta(days=5)
        self.give(partner=self.other, valid_until=soon)
        self.give()
        self.merge(self.other, self.partner)
        self.assertEqual(self.partner.social_consent_ids.valid_until, soon)
        self.assertFalse(self.events._find_break())

    def test_r7_of_two_given_consents_the_narrower_counts_and_of_different_ones_none(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        web, fediverse = (self.env.ref(f"{ADDON}.platform_{name}") for name in ("web", "fediverse"))
        wide = self.publish(notice, "extent", platform_ids=[Command.set((web | fediverse).ids)])
        both, other_both = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        self.give(partner=both | other_both)
        narrow = self.publish(wide, "extent", platform_ids=[Command.set(web.ids)])
        self.give()
        self.publish(narrow, "extent", platform_ids=[Command.set(fediverse.ids)])
        self.give(partner=self.other)
        self.merge(self.partner, both)
        consent = both.social_consent_ids
        self.assertEqual((consent.state, consent.notice_id), ("given", narrow))
        self.merge(other_both, self.other)
        self.assertEqual(self.other.social_consent_ids.notice_id.platform_ids, fediverse)
        self.merge(self.other, both)
        self.assertEqual(both.social_consent_ids.state, "invalidated")
        self.assertFalse(self.events._find_break())

    def test_merging_keeps_all_events_and_evidence(self):
        self.give(partner=self.other)
        self.give("enrich")
        before = self.events.search([]), self.env["social.consent.evidence"].search([])
        self.merge(self.other, self.partner)
        self.assertTrue(all(records.exists() == records for records in before))
        self.assertEqual(len(self.partner.social_consent_ids), 2)

    def test_a_lead_with_the_same_address_joins_its_contact(self):
        self.partner._object_social("match", method="staff")
        lead = self.env["crm.lead"].create({"name": "L", "email_from": "ada@example.com"})
        self.give("contact", "email", partner=lead)
        lead.partner_id = self.partner
        self.assertEqual(lead.social_subject_id, self.partner.social_subject_id)
        states = {c.purpose_code: c.state for c in self.partner.social_consent_ids}
        self.assertEqual(states, {"match": "refused", "contact": "given"})

    def test_a_lead_whose_address_was_changed_gives_its_yes_to_nobody_else(self):
        lead = self.env["crm.lead"].create({"name": "L", "email_from": "eve@example.com"})
        self.give("contact", "email", partner=lead)
        lead.email_from = self.partner.email
        lead.partner_id = self.partner
        self.assertFalse(self.partner.social_consent_ids)
        other = self.env["crm.lead"].create({"name": "M", "email_from": "m@example.com"})
        self.give("contact", "email", partner=other)
        self.assertTrue(other._create_customer().social_consent_ids)
        mixed = self.env["crm.lead"].create({"name": "X", "email_from": "eve@example.com"})
        self.give("contact", "email", partner=mixed)
        mixed.email_from = self.partner.email
        self.give("match", partner=mixed)
        mixed.partner_id = self.partner
        self.assertFalse(self.partner.social_consent_ids, "not all of it is Ada's")
        third = self.env["crm.lead"].create({"name": "N", "email_from": "n@example.com"})
        self.give("contact", "email", partner=third)
        third.write({"email_from": "else@example.com", "contact_name": "Else"})
        self.assertFalse(third._create_customer().social_consent_ids)

    def test_a_new_lead_of_a_contact_takes_its_decisions_over(self):
        self.partner._object_social("contact", "post", method="staff")
        for email in ("ada@example.com", "eve@example.com"):
            lead = self.env["crm.lead"].create(
                {"name": "L", "email_from": email, "partner_id": self.partner.id}
            )
            decision = self.env["social.policy"]._decide("contact_post", lead)[lead.id]
            self.assertFalse(decision, email)

    def test_who_was_asked_on_either_record_was_asked(self):
        (self.partner | self.other)._request_social_consent("match")
        later = fields.Datetime.now() + timedelta(days=80)
        open_door(self.other.social_consent_ids.sudo()).write({"requested_at": later})
        self.merge(self.other, self.partner)
        self.assertEqual(self.partner.social_consent_ids.requested_at, later)

    def test_a_lead_that_is_given_another_contact_gives_it_no_consent(self):
        lead = self.env["crm.lead"].create({"name": "L", "email_from": "eve@example.com"})
        self.give("contact", "email", partner=lead)
        self.give("contact", "sms", partner=lead)
        self.withdraw("contact", "sms", partner=lead)
        self.give("contact", "sms")
        lead.partner_id = self.partner
        states = {c.channel: c.state for c in self.partner.social_consent_ids}
        self.assertEqual(states, {"sms": "withdrawn"})
        self.assertNotEqual(lead.social_subject_id, self.partner.social_subject_id)
        self.assertFalse(self.events._find_break())

    def test_a_refusal_of_a_lead_counts_for_a_contact_who_was_never_asked(self):
        lead = self.env["crm.lead"].create({"name": "L", "email_from": "eve@example.com"})
        self.give("contact", "phone", partner=lead)
        self.withdraw("contact", "phone", partner=lead)
        lead.partner_id = self.partner
        consent = self.partner.social_consent_ids
        self.assertEqual(consent.state, "refused")
        self.assertFalse(consent.notice_id or consent.given_at, "this contact gave nothing")

    def test_merged_leads_join_if_they_are_one_person(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": "one", "email_from": "l@example.com", "type": "opportunity"},
                {"name": "two", "email_from": "L@example.com", "type": "opportunity"},
                {"name": "three", "email_from": "else@example.com", "type": "opportunity"},
            ]
        )
        for lead, purpose in zip(leads, ("match", "enrich", "monitor"), strict=True):
            self.give(purpose, partner=lead)
        rest = leads.merge_opportunity()
        found = set(rest.social_consent_ids.mapped("purpose_code"))
        self.assertIn(found, ({"match", "enrich"}, {"monitor"}))

    def test_an_old_link_of_a_merged_person_is_known_to_lead_on(self):
        self.give(partner=self.other)
        self.give()
        old = self.other.social_subject_id
        self.merge(self.other, self.partner)
        self.assertEqual(old.joined_into_id, self.partner.social_subject_id)


class TestInvalid(CommonChain):
    def test_the_officer_declares_a_consent_invalid_with_a_reason(self):
        consent = self.give()
        for user, reason, words in (
            (self.sales, "forged", "Only the privacy officer"),
            (self.officer, " ", "Write down why"),
        ):
            with self.assertRaisesRegex(UserError, words):
                self.partner.with_user(user)._invalidate_social_consent(
                    "match", method="staff", reason=reason
                )
        self.partner.with_user(self.officer)._invalidate_social_consent(
            "match", method="staff", reason="The signature is forged."
        )
        self.assertEqual(consent.state, "invalidated")
        kinds = self.env["social.consent.withdraw.wizard"].with_user(self.sales)._get_kinds()
        self.assertNotIn("invalid", dict(kinds))


class TestImports(CommonChain):
    def test_the_same_list_again_stretches_nothing_and_an_older_one_shortens_nothing(self):
        consent = self.give(method="import", evidence=None)
        end = consent.valid_until
        with self.after(days=300):
            self.assertEqual(self.give(method="import", evidence=None), consent)
            past = fields.Datetime.now() - timedelta(days=400)
            self.give(method="import", evidence=None, given_at=past)
        self.assertEqual((consent.valid_until, len(consent.event_ids)), (end, 1))

    def test_a_list_without_days_does_not_undo_a_no(self):
        self.give()
        self.withdraw()
        with self.assertRaisesRegex(UserError, "list without the day"):
            self.give(method="import", evidence=None)
        with self.after(hours=1):
            self.give(method="import", evidence=None, given_at=fields.Datetime.now())
        self.assertEqual(self.partner.social_consent_ids.recorded_state, "given")
