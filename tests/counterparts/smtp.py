"""A real SMTP server for the tests: what arrives here has gone out.

    with Postbox() as postbox:
        ... send to 127.0.0.1, postbox.port
        postbox.envelopes

aiosmtpd speaks the protocol, and takes everything that it is not told to refuse.
"""

import socket
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from aiosmtpd.controller import Controller

REFUSED = "550 no such mailbox"
BUSY = "451 try again later"


@dataclass(frozen=True)
class Envelope:
    """One delivery: the addresses of the envelope, and the message in it."""

    sender: str
    recipients: tuple[str, ...]
    message: Message


class Postbox:
    """Listens on a free port of 127.0.0.1 and keeps what comes in."""

    def __init__(self):
        self.envelopes = []
        self.refused = set()
        self.is_busy = False

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()
        return self

    def __exit__(self, *_error):
        self.controller.stop()

    @property
    def reached(self):
        """The addresses that something was delivered to, sorted."""
        return sorted(address for each in self.envelopes for address in each.recipients)

    # -- what aiosmtpd calls -------------------------------------------------------------------

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refused:
            return REFUSED
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        if self.is_busy:
            return BUSY
        message = message_from_bytes(envelope.content)
        recipients = tuple(envelope.rcpt_tos)
        self.envelopes.append(Envelope(envelope.mail_from, recipients, message))
        return "250 OK"
