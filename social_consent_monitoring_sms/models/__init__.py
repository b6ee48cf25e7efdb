from . import mailing_mailing, sms_sms
