from markupsafe import Markup

from odoo import api, models

from ..exceptions import ConsentRequired
from ..kinds import KINDS, get_kind
from .social_gate import PERSONS

ACT = "contact_phone"
# What an activity says, and where it stands.
NOTE = {
    "summary",
    "note",
    "feedback",
    "attachment_ids",
    "user_id",
    "res_model",
    "res_model_id",
    "res_id",
}
# What makes another call of it: a call to somebody else, or one that is to be made again.
ASKED = {"activity_type_id", "res_model", "res_model_id", "res_id", "active"}


class MailActivity(models.Model):
    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._check_social_notes()
        activities._stop_social_calls()
        return activities

    def write(self, vals):
        result = super().write(vals)
        if NOTE & vals.keys():
            self._check_social_notes()
        if ASKED & vals.keys():
            self._stop_social_calls()
        return result

    def _action_done(self, feedback=False, attachment_ids=None):
        """A call that follows by itself must not keep anybody from what is done."""
        self._check_social_notes(feedback)
        silent = self.with_context(social_silent=True)
        messages, following = super(MailActivity, silent)._action_done(
            feedback=feedback, attachment_ids=attachment_ids
        )
        return messages.with_env(self.env), following.with_env(self.env)

    def _check_social_notes(self, feedback=None):
        """Ask of what is planned or said beside a mention (rules 2 and 18).

        :param feedback: what was said when it was done; by default what the activities say
        """
        for activity in self.sudo().filtered(lambda each: each.res_model == "social.mention"):
            files = activity.attachment_ids.mapped("name")
            own = [activity.summary, activity.note, activity.feedback, *files]
            said = own if feedback is None else [feedback]
            self.env["social.mention"].browse(activity.res_id)._check_note(
                *said, partner_ids=activity.user_id.filtered("share").partner_id.ids
            )

    def _stop_social_calls(self):
        """Ask before a person is called (rule 23, UWG section 7(2) no. 1).

        A user is refused, with the way forward. What is planned by itself stays, as a to-do: the
        person may be reached in another way, and nobody could read the refusal.

        :return: the calls that became to-dos
        :raises ConsentRequired: where a user plans the call
        """
        everything = self.browse()
        for (kind, model), calls in self.sudo()._get_social_calls().items():
            people = self.env[model].browse(sorted(set(calls.mapped("res_id")))).exists()
            decisions = people._decide_social_approaches([ACT], kind)[ACT]
            refused = people.filtered(
                lambda person, made=decisions: self.env["social.policy"]._is_refused(
                    made[person.id]
                )
            )
            stopped = calls.filtered(lambda call, ids=refused.ids: call.res_id in ids)
            if stopped and not self._is_social_silent():
                self._refuse_social_call(refused[0], decisions[refused[0].id])
            self._log_social_calls(people, decisions)
            for call in stopped:
                call._turn_into_social_todo(decisions[call.res_id])
            everything |= stopped
        return everything

    def _get_social_calls(self):
        """Return ``{(kind, model): calls}`` of those that have to be asked about."""
        calls = {}
        for call in self:
            is_call = call.activity_type_id.category == "phonecall"
            if not (is_call and call.active and call.res_id and call.res_model in PERSONS):
                continue
            kind = call._get_social_kind()
            if kind != "service":
                key = kind, call.res_model
                calls[key] = calls.get(key, self.browse()) | call
        return calls

    def _get_social_kind(self):
        """Return what this call is for: as its type says, or what plans it; the stricter counts."""
        kinds = filter(None, [self.activity_type_id.social_kind, get_kind(self.env)])
        return min(kinds, key=KINDS.index, default="first")

    def _is_social_silent(self):
        """Tell whether this is planned by what nobody looks at."""
        return self.env.su or bool(self.env.context.get("social_silent"))

    def _refuse_social_call(self, person, decision):
        """Refuse a call; the refusal is logged, although the act's transaction ends."""
        self.env["social.decision"]._log(ACT, person, {person.id: decision}, own_transaction=True)
        text = self.env["social.policy"]._explain(ACT, decision)
        steps = self.env["social.strip"]._get_steps("phone", person, decision)
        raise ConsentRequired(text, decision, steps)

    @api.model
    def _log_social_calls(self, people, decisions):
        """Write down each use of a consent to calls by its person (UWG section 7a).

        One row each: a batch would not tell whose consent was used. A call to somebody known is
        no advertising.
        """
        for person in people:
            decision = decisions[person.id]
            if decision.basis != "known":
                self.env["social.decision"]._log(ACT, person, {person.id: decision})

    def _turn_into_social_todo(self, decision):
        """Leave the task, and say that it is no call."""
        todo = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        reason, remedy = self.env["social.policy"]._get_reasons()[decision.reason]
        text = self.env._("No call: %(reason)s %(remedy)s", reason=reason, remedy=remedy)
        self.write(
            {
                "activity_type_id": todo.id if todo else False,
                "summary": self.summary or self.activity_type_id.name,
                "note": Markup("<p>%s</p>%s") % (text, self.note or ""),
            }
        )
