"""Invitations, carts and coupons are advertising, and what a person asked for is none (rule 23)."""

from datetime import timedelta

from odoo import Command, fields

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from ends import Ends


class TestInvitations(Ends):
    def invite_to_survey(self, **values):
        survey = self.env["survey.survey"].create(
            {
                "title": "Are you happy?",
                "access_mode": "public",
                "question_and_page_ids": [Command.create({"title": "Are you?"})],
            }
        )
        action = survey.action_send_survey()
        wizard = self.env["survey.invite"].with_context(**action["context"])
        return wizard.create({"partner_ids": [Command.set(self.partner.ids)], **values})

    def test_r23_an_invitation_to_a_survey(self):
        self.assertAdvertising(lambda: self.invite_to_survey().action_invite())

    def test_r23_an_invitation_to_a_survey_by_a_bare_address(self):
        values = {"partner_ids": False, "emails": self.partner.email}
        self.assertAdvertising(lambda: self.invite_to_survey(**values).action_invite())

    def test_a_refused_invitation_tells_why_and_sends_to_nobody(self):
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.give("contact", "email")
        people = self.partner | other
        with self.assertRaises(ConsentRequired):
            self.invite_to_survey(partner_ids=[Command.set(people.ids)]).action_invite()
        self.send_queue()
        self.assertReached()

    def test_r23_an_invitation_to_a_course(self):
        def send():
            course = self.env["slide.channel"].create(
                {"name": "Shelves", "enroll": "invite", "visibility": "public"}
            )
            template = self.env.ref("website_slides.mail_template_slide_channel_invite")
            self.env["slide.channel.invite"].create(
                {
                    "channel_id": course.id,
                    "partner_ids": [Command.set(self.partner.ids)],
                    "template_id": template.id,
                    "send_email": True,
                }
            ).action_invite()

        self.assertAdvertising(send)

    def test_r23_a_coupon(self):
        def send():
            program = self.env["loyalty.program"].create({"name": "Coupons"})
            card = self.env["loyalty.card"].create(
                {"program_id": program.id, "partner_id": self.partner.id, "points": 1}
            )
            template = self.env.ref("loyalty.mail_template_loyalty_card")
            # The coupon on paper: a barcode, which needs more than is here.
            template.report_template_ids = False
            template.send_mail(card.id)

        self.assertAdvertising(send)

    def test_an_event_confirms_to_whoever_registered(self):
        start = fields.Datetime.now() + timedelta(days=3)
        event = self.env["event.event"].create(
            {"name": "Fair", "date_begin": start, "date_end": start + timedelta(hours=2)}
        )

        def send():
            registration = self.env["event.registration"].create(
                {"event_id": event.id, "partner_id": self.partner.id}
            )
            self.env.ref("event.event_subscription").send_mail(registration.id)

        self.assertService(send)
