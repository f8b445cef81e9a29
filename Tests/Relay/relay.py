"""A mail relay for tests, by aiosmtpd: prints its port, then each mail it takes as a line of JSON.

usage: relay.py CERTIFICATE KEY [starttls|tls|plain] [USER:PASSWORD]
"""

import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_DATA(self, server, session, envelope):
        print(
            json.dumps(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "tls": session.ssl is not None or sys.argv[3] == "tls",
                    "user": getattr(session.auth_data, "login", b"").decode(),
                    "peer": session.peer[1],
                    "bytes": base64.b64encode(envelope.original_content).decode(),
                }
            ),
            flush=True,
        )
        return "250 2.0.0 Ok: queued as 4XYZ"


def authenticate(server, session, envelope, mechanism, data):
    user, password = sys.argv[4].split(":")
    good = data.login == user.encode() and data.password == password.encode()
    return AuthResult(success=good, handled=False, auth_data=data)


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    mode = sys.argv[3]
    needs_login = len(sys.argv) > 4

    def session():
        return SMTP(
            Handler(),
            hostname="relay.test",
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls" and needs_login,
            auth_required=needs_login,
            auth_require_tls=mode == "starttls",
            authenticator=authenticate if needs_login else None,
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=context if mode == "tls" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
