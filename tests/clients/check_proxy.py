# SPDX-License-Identifier: ISC
"""Connections that a proxy passes on, with its header; and HAProxy itself."""

import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest

from maildtest import MaildTest, free_port, main, message, wait_for

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def v1(client="192.0.2.9"):
    kind = "TCP6" if ":" in client else "TCP4"
    to = "2001:db8::25" if ":" in client else "192.0.2.25"
    return ("PROXY %s %s %s 4711 25\r\n" % (kind, client, to)).encode()


def v2(client="192.0.2.9", extra=b""):
    family = socket.AF_INET6 if ":" in client else socket.AF_INET
    ends = 2 * socket.inet_pton(family, client) + struct.pack(">HH", 4711, 25)
    return SIGNATURE + struct.pack(
        ">BBH", 0x21, 0x21 if ":" in client else 0x11,
        len(ends) + len(extra)) + ends + extra


class Trusted(MaildTest):
    maild_args = ("-o", "listen smtp 127.0.0.1:@smtp@", "-o",
                  "proxy { trusted 127.0.0.0/8 ::1 }", "-o", "plaintext yes",
                  "-o", "workers 1", "-o",
                  "limits { connections_per_address 3; login_timeout 5s }")

    # What the other tests use to look at the server knows no proxy.
    def connect(self, port, header=b"", tls=False):
        sock = socket.create_connection(
            ("127.0.0.1", self.maild.port(port)), 30)
        self.addCleanup(sock.close)
        sock.sendall(header)
        if tls:
            sock = ssl._create_unverified_context().wrap_socket(sock)
        return sock, sock.makefile("rb")

    def said(self, port, header, tls=False):
        try:
            sock, file = self.connect(port, header, tls)
            with sock, file:
                return file.readline()
        except OSError:
            return b""

    def test_every_listener_and_version(self):
        for header in (v1(), v1("2001:db8::9"), v2(), v2("2001:db8::9"),
                       v2(extra=b"\4\0\2ab"), SIGNATURE + b"\x20\0\0\0",
                       b"PROXY UNKNOWN\r\n"):
            for port, tls in (("smtp", False), ("imap", False),
                              ("submission", False), ("imaps", True),
                              ("submissions", True)):
                said = self.said(port, header, tls)
                self.assertRegex(said, rb"^(220 localhost|\* OK)", (port, header))

    def test_in_pieces_and_with_what_follows(self):
        for header in (v1(), v2(extra=b"\4\0\2ab")):
            sock, file = self.connect("imap")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(len(header)):
                sock.sendall(header[i:i + 1])
                time.sleep(0.001)
            sock.sendall(b"a NOOP\r\n")
            self.assertEqual(file.readline()[:4], b"* OK")
            self.assertEqual(file.readline()[:4], b"a OK")

    def test_without_header(self):
        for text in (b"EHLO client.example\r\n", b"PROXY TCP4 1.2.3.4\r\n",
                     b"\r\n\r\n\0\r\nQUIT\r", v1().replace(b"25\r", b"99999\r"),
                     b"PROXY UNKNOWN" + 200 * b"x"):
            self.assertEqual(self.said("smtp", text), b"", text)
        # Nothing at all.
        self.assertEqual(self.said("smtp", b""), b"")

    def test_received_and_log(self):
        for client, shown in (("192.0.2.77", "[192.0.2.77]"),
                              ("2001:db8::77", "[IPv6:2001:db8::77]")):
            sock, file = self.connect("smtp", v1(client))
            sock.sendall(b"HELO client.example\r\n")
            self.assertEqual(file.readline()[:3], b"220")
            self.assertEqual(file.readline()[:3], b"250")
            sock.sendall(b"MAIL FROM:<a@example.org>\r\n"
                         b"RCPT TO:<test@localhost>\r\nDATA\r\n")
            self.assertEqual([file.readline()[:3] for _ in range(3)],
                             [b"250", b"250", b"354"])
            sock.sendall(message() + b".\r\n")
            self.assertEqual(file.readline()[:3], b"250")
            sock, file = self.connect("imap", v1("127.0.0.1"))
            sock.sendall(b"a LOGIN test test\r\nb SELECT INBOX\r\n"
                         b"c FETCH * BODY.PEEK[HEADER.FIELDS (RECEIVED)]\r\n"
                         b"d LOGOUT\r\n")
            self.assertIn(("from client.example (%s)" % shown).encode(),
                          file.read())
        self.assertIn("peer=192.0.2.77", self.maild.log_tail(100000))

    def test_limit_is_the_clients(self):
        held = [self.connect("smtp", v1("192.0.2.5")) for _ in range(3)]
        for _, file in held:
            self.assertEqual(file.readline()[:3], b"220")
        self.assertEqual(self.said("smtp", v1("192.0.2.5"))[:3], b"421")
        self.assertEqual(self.said("smtp", v1("192.0.2.6"))[:3], b"220")

    def test_client_elsewhere_logs_in_with_tls_only(self):
        sock, file = self.connect("imap", v1("192.0.2.1"))
        sock.sendall(b"a LOGIN test test\r\n")
        file.readline()
        self.assertIn(b"a NO [PRIVACYREQUIRED]", file.readline())


class Untrusted(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@", "-o",
                  "proxy { trusted 192.0.2.0/24 }")

    def test_header_is_an_error(self):
        for port, want in (("smtp", b"500 5.5.1"), ("imap", b"PROXY BAD"),
                           ("submission", b"500 5.5.1")):
            with socket.create_connection(
                    ("127.0.0.1", self.maild.port(port)), 30) as sock:
                file = sock.makefile("rb")
                file.readline()
                sock.sendall(v1())
                self.assertEqual(file.readline()[:9], want)


@unittest.skipIf(shutil.which("haproxy") is None, "no haproxy")
class Haproxy(MaildTest):
    maild_args = ("-o", "listen smtp 127.0.0.1:@smtp@", "-o",
                  "proxy { trusted 127.0.0.0/8 }")

    def test_both_versions(self):
        folder = tempfile.mkdtemp(prefix="maild-haproxy-")
        self.addCleanup(shutil.rmtree, folder)
        front = []
        conf = "defaults\n mode tcp\n timeout connect 30s\n" \
               " timeout client 60s\n timeout server 60s\n"
        for i, how in enumerate(("send-proxy", "send-proxy-v2",
                                 "send-proxy-v2-ssl")):
            front.append(free_port())
            conf += "listen l%d\n bind 127.0.0.1:%d\n" \
                    " server s 127.0.0.1:%d %s\n" % (
                        i, front[-1], self.maild.port("smtp"), how)
        path = os.path.join(folder, "conf")
        with open(path, "w") as f:
            f.write(conf)
        p = subprocess.Popen(["haproxy", "-db", "-q", "-f", path])
        self.addCleanup(p.wait)
        self.addCleanup(p.terminate)
        for port in front:
            def greeting():
                try:
                    with socket.create_connection(("127.0.0.1", port), 30) as s:
                        return s.makefile("rb").readline()
                except OSError:
                    return b""
            self.assertEqual(wait_for("a greeting", 30, greeting)[:3], b"220")


if __name__ == "__main__":
    main()
