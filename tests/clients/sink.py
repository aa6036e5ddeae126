# SPDX-License-Identifier: ISC
"""An SMTP server to send to: counts what it gets, and can be made to misbehave.

sink.mail is a list of Mail; behave, where it is set, is called with a Session
and a line before the line is answered, and may answer it (return True) or
raise Hangup.
"""

import base64
import collections
import os
import socket
import ssl
import subprocess
import threading

Mail = collections.namedtuple("Mail", "sender sender_args rcpt data tls user")


class Hangup(Exception):
    pass


def certificate(folder, name="localhost"):
    """A self-signed certificate for name: the paths of it and of its key."""
    cert, key = (os.path.join(folder, "sink-%s.%s" % (name, kind))
                 for kind in ("pem", "key"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name,
         "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


class Session(threading.Thread):
    def __init__(self, sink, sock):
        super().__init__(daemon=True)
        self.sink, self.sock = sink, sock
        self.tls = self.user = None
        self.reset()

    def reset(self):
        self.sender, self.sender_args, self.rcpt = None, "", []

    def say(self, text):
        self.sock.sendall(text.encode("utf-8") + b"\r\n")

    def secure(self):
        self.sock = self.sink.context.wrap_socket(self.sock, server_side=True)
        self.tls = self.sock.version()
        self.file = self.sock.makefile("rb")

    def line(self):
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise Hangup()
        return line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def run(self):
        try:
            self.file = self.sock.makefile("rb")
            if self.sink.implicit:
                self.secure()
            if not self.misbehave("CONNECT"):
                self.say("220 sink.example ESMTP")
            while True:
                line = self.line()
                if not self.misbehave(line):
                    self.answer(line)
        except (Hangup, OSError, ssl.SSLError, ValueError):
            pass
        finally:
            try:
                # Without this the makefile() above keeps it open.
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.sock.close()

    def misbehave(self, line):
        return self.sink.behave is not None and self.sink.behave(self, line)

    def answer(self, line):
        verb = line.split(" ")[0].split(":")[0].upper()
        getattr(self, "on_" + verb.lower(), self.on_unknown)(line)

    def on_unknown(self, line):
        self.say("500 what?")

    def on_ehlo(self, line):
        words = ["sink.example"] + list(self.sink.extensions)
        if self.sink.context and not self.tls:
            words.append("STARTTLS")
        if self.sink.login and (self.tls or self.sink.clear_login):
            words.append("AUTH PLAIN LOGIN")
        for word in words[:-1]:
            self.say("250-" + word)
        self.say("250 " + words[-1])

    def on_starttls(self, line):
        self.say("220 go")
        self.secure()
        self.reset()

    def on_auth(self, line):
        said = base64.b64decode(line.split(" ")[2]).split(b"\0")
        if [s.decode() for s in said[1:]] == list(self.sink.login or ()):
            self.user = said[1].decode()
            self.say("235 2.7.0 ok")
        else:
            self.say("535 5.7.8 no")

    def on_mail(self, line):
        if self.sink.login and not self.user:
            self.say("530 5.7.0 log in")
            return
        path, _, self.sender_args = line[10:].partition(" ")
        self.sender = path.strip("<>")
        self.say("250 2.1.0 ok")

    def on_rcpt(self, line):
        self.rcpt.append(line[8:])
        self.say("250 2.1.5 ok")

    def on_data(self, line):
        if not self.rcpt:
            self.say("503 5.5.1 no recipients")
            return
        self.say("354 go")
        data = b""
        while True:
            part = self.file.readline()
            if not part.endswith(b"\n"):
                raise Hangup()
            if part == b".\r\n":
                break
            data += part[1:] if part.startswith(b".") else part
        self.got = Mail(self.sender, self.sender_args, self.rcpt, data,
                        self.tls, self.user)
        self.reset()
        if self.misbehave("."):
            return
        self.sink.add(self.got)
        self.say("250 2.0.0 got it")

    def on_bdat(self, line):
        """One chunk of all; "bdat" stands in its sender_args."""
        _, size, last = line.split(" ")
        data = self.file.read(int(size))
        if len(data) < int(size) or last != "LAST":
            raise Hangup()
        self.got = Mail(self.sender, self.sender_args + " bdat", self.rcpt,
                        data, self.tls, self.user)
        self.reset()
        if self.misbehave("."):
            return
        self.sink.add(self.got)
        self.say("250 2.0.0 got it")

    def on_rset(self, line):
        self.reset()
        self.say("250 2.0.0 ok")

    def on_quit(self, line):
        self.say("221 2.0.0 bye")
        raise Hangup()


class Sink:
    def __init__(self, extensions=("PIPELINING", "8BITMIME", "SIZE 10000000",
                                   "ENHANCEDSTATUSCODES"),
                 cert=None, implicit=False, login=None, clear_login=False,
                 behave=None, host="127.0.0.1", port=0):
        self.extensions, self.implicit = extensions, implicit
        self.login, self.clear_login = login, clear_login
        self.behave = behave
        self.context = None
        if cert:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*cert)
        self.mail, self.connections = [], 0
        self.lock = threading.Lock()
        self.listener = socket.create_server((host, port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            Session(self, sock).start()

    def add(self, mail):
        with self.lock:
            self.mail.append(mail)

    def close(self):
        if self.listener.fileno() >= 0:
            # accept() in the other thread is woken by this only.
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
