# SPDX-License-Identifier: ISC
"""MTA-STS: policies that a domain's HTTPS server has are fetched, kept, and
enforced."""

import http.server
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
import unittest

import dns
from check_dane import Zones
from dns import A, MX, TXT, a, mx, txt
from maildtest import Maild, free_port, main, message, wait_for
from sink import Hangup, Sink, certificate

# The quick tier takes one of each kind.
LONG = unittest.skipUnless(os.environ.get("LONG") == "true", "takes its time")


class Authority:
    def __init__(self, folder):
        self.dir = folder
        self.cert, self.key = (os.path.join(folder, "authority." + kind)
                               for kind in ("pem", "key"))
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                     "2", "-subj", "/CN=Test authority", "-keyout", self.key,
                     "-out", self.cert)

    def openssl(self, *args):
        return subprocess.run(["openssl", *args], check=True,
                              capture_output=True, text=True).stdout

    def sign(self, name):
        key, csr, ext, cert = (os.path.join(self.dir, name + "." + kind)
                               for kind in ("key", "csr", "ext", "pem"))
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj",
                     "/CN=" + name, "-keyout", key, "-out", csr)
        with open(ext, "w") as f:
            f.write("subjectAltName=DNS:%s\n" % name)
        self.openssl("x509", "-req", "-in", csr, "-CA", self.cert, "-CAkey",
                     self.key, "-days", "2", "-set_serial", "7", "-extfile",
                     ext, "-out", cert)
        return cert, key


class Policies:
    """An HTTPS server with one page, which is at the well-known path."""

    def __init__(self, cert):
        self.status, self.type, self.text = 200, "text/plain", ""
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.headers["Host"].split(":")[0],
                                    self.path))
                body = outer.text.encode()
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", self.path)
                self.send_header("Content-Type", outer.type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*cert)
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def one_message(session, line):
    """A server that takes one on each connection: none is used again."""
    if line.startswith("MAIL"):
        if getattr(session, "used", False):
            raise Hangup()
        session.used = True


POLICY = "version: STSv1\r\nmode: %s\r\nmx: %s\r\nmax_age: %d\r\n"


class Domain(unittest.TestCase):
    """example.com, with a policy and the servers of its MX records."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="maild-sts-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.authority = Authority(self.dir)
        self.port = free_port()

    def serve(self, policy, record="v=STSv1; id=1;", *, servers=("mx",),
              web="mta-sts.example.com", settings="", name_server=dns.Dns):
        zone = {("example.com", MX): [mx(10 * (i + 1), n + ".example.com")
                                      for i, n in enumerate(servers)],
                ("mta-sts.example.com", A): [a("127.0.0.1")]}
        for i, n in enumerate(servers):
            zone[n + ".example.com", A] = [a("127.0.0.%d" % (i + 1))]
        if record:
            zone["_mta-sts.example.com", TXT] = [txt(record[:5], record[5:])]
        self.dns = name_server(zone)
        self.addCleanup(self.dns.close)
        self.web = Policies(self.authority.sign(web))
        self.addCleanup(self.web.close)
        self.web.text = policy
        self.maild = Maild(
            "-o", "relay { mx yes; resolver 127.0.0.1@%d; mx_port %d; timeout "
            "5s; ca_file %s; sts_ca %s; sts_port %d %s }" % (
                self.dns.port, self.port, self.authority.cert,
                self.authority.cert, self.web.port, settings),
            "-o", "queue { retry 1s 1s 2s }")
        self.addCleanup(self.maild.stop)

    def sink(self, host="127.0.0.1", **kw):
        sink = Sink(host=host, port=self.port, **kw)
        self.addCleanup(sink.close)
        return sink

    def good(self, name="mx.example.com", **kw):
        return self.sink(cert=self.authority.sign(name), **kw)

    ENFORCE = POLICY % ("enforce", "mx.example.com", 86400)


class Sts(Domain):
    def send(self, to="x@Example.com"):
        c = self.maild.smtp()
        c.sendmail("test@localhost", [to], message(
            to=to, sender="test@localhost"))
        c.quit()

    def comes(self, sink, tls=True, n=1):
        wait_for("a message", 30, lambda: len(sink.mail) >= n)
        self.assertEqual(sink.mail[-1].tls is not None, tls)

    def waits(self, sink, words):
        wait_for("two attempts", 60, lambda: self.maild.log_tail(99999).count(
            "result=deferred") >= 2)
        self.assertIn(words, self.maild.log_tail(99999))
        self.assertEqual(sink.mail, [])

    PATH = ("mta-sts.example.com", "/.well-known/mta-sts.txt")

    def test_a_server_as_promised(self):
        self.serve(self.ENFORCE)
        sink = self.good()
        self.send()
        self.comes(sink)
        self.assertEqual(self.web.asked, [self.PATH])

    def test_by_nsd(self):
        """It serves the records; the wrong server gets nothing."""
        self.serve(POLICY % ("enforce", "b.example.com", 86400),
                   servers=("a", "b"), name_server=lambda zone: Zones(
                       self.dir, "", dns.zone_file(zone), "example.com"))
        other = self.good("a.example.com")
        sink = self.good("b.example.com", host="127.0.0.2")
        self.send()
        self.comes(sink)
        self.assertEqual(other.connections, 0)
        self.assertEqual(self.web.asked, [self.PATH])

    @LONG
    def test_a_pattern(self):
        self.serve(POLICY % ("enforce", "*.example.com", 86400))
        sink = self.good()
        self.send()
        self.comes(sink)

    def test_a_certificate_of_nobody(self):
        self.serve(self.ENFORCE)
        sink = self.sink(cert=certificate(self.dir, "mx.example.com"))
        self.send()
        self.waits(sink, "its certificate is not good")

    @LONG
    def test_a_certificate_for_another_name(self):
        self.serve(self.ENFORCE)
        sink = self.good("mx.other.example")
        self.send()
        self.waits(sink, "its certificate is not good")

    def test_no_starttls(self):
        self.serve(self.ENFORCE)
        sink = self.sink()
        self.send()
        self.waits(sink, "a server cannot be used")

    def test_a_server_that_was_not_promised(self):
        self.serve(POLICY % ("enforce", "other.example.com", 86400))
        sink = self.good()
        self.send()
        self.waits(sink, "none of the servers that the MTA-STS policy")
        self.assertEqual(sink.connections, 0)

    def test_the_promised_one_of_two(self):
        self.serve(POLICY % ("enforce", "b.example.com", 86400),
                   servers=("a", "b"))
        other = self.good("a.example.com")
        sink = self.good("b.example.com", host="127.0.0.2")
        self.send()
        self.comes(sink)
        self.assertEqual(other.connections, 0)

    @LONG
    def test_testing_and_none_change_nothing(self):
        for mode in ("testing", "none"):
            with self.subTest(mode):
                self.serve(POLICY % (mode, "other.example.com", 86400))
                sink = self.sink()
                self.send()
                self.comes(sink, tls=False)
                sink.close()

    def test_a_policy_is_kept(self):
        """Also when its record and its server are gone."""
        self.serve(self.ENFORCE)
        sink = self.good(behave=one_message)
        self.send()
        self.comes(sink)
        self.send()
        self.comes(sink, n=2)
        self.assertEqual(len(self.web.asked), 1)
        del self.dns.zone["_mta-sts.example.com", TXT]
        self.web.close()
        sink.close()
        bad = self.sink()
        self.send()
        self.waits(bad, "a server cannot be used")

    def test_a_policy_outlives_outbound(self):
        self.serve(self.ENFORCE)
        sink = self.good()
        self.send()
        self.comes(sink)
        wait_for("mail keeps it", 30, lambda: "keeps a policy of MTA-STS "
                 "domain=example.com" in self.maild.log_tail(99999))
        del self.dns.zone["_mta-sts.example.com", TXT]
        self.web.close()
        sink.close()
        bad = self.sink(cert=certificate(self.dir, "mx.example.com"))
        self.maild.kill_role("maild-outbound")
        self.send()
        self.waits(bad, "its certificate is not good")
        self.assertEqual(len(self.web.asked), 1)

    @LONG
    def test_another_id_is_another_policy(self):
        self.serve(POLICY % ("enforce", "other.example.com", 86400))
        sink = self.good()
        self.send()
        self.waits(sink, "none of the servers")
        self.web.text = self.ENFORCE
        self.dns.zone["_mta-sts.example.com", TXT] = [txt("v=STSv1; id=2")]
        self.comes(sink)
        self.assertEqual(len(self.web.asked), 2)

    @LONG
    def test_a_policy_ends(self):
        self.serve(POLICY % ("enforce", "mx.example.com", 0))
        sink = self.good(behave=one_message)
        self.send()
        self.comes(sink)
        sink.close()
        del self.dns.zone["_mta-sts.example.com", TXT]
        self.send()
        self.comes(self.sink(), tls=False)

    def without_policy(self):
        sink = self.sink()
        self.send()
        self.comes(sink, tls=False)

    def test_no_record(self):
        self.serve(self.ENFORCE, record=None)
        self.without_policy()
        self.assertEqual(self.web.asked, [])

    @LONG
    def test_a_broken_record(self):
        self.serve(self.ENFORCE, record="v=STSv1; id=a-b")
        self.without_policy()
        self.assertEqual(self.web.asked, [])

    @LONG
    def test_two_records(self):
        self.serve(self.ENFORCE)
        self.dns.zone["_mta-sts.example.com", TXT].append(
            txt("v=STSv1; id=2"))
        self.without_policy()

    def test_a_record_among_others(self):
        self.serve(self.ENFORCE)
        self.dns.zone["_mta-sts.example.com", TXT].insert(0, txt("hello"))
        sink = self.good()
        self.send()
        self.comes(sink)
        self.assertEqual(self.web.asked, [self.PATH])

    @LONG
    def test_answers_that_are_no_policy(self):
        for status, kind, text in ((404, "text/plain", self.ENFORCE),
                                   (302, "text/plain", self.ENFORCE),
                                   (200, "text/html", self.ENFORCE),
                                   (200, "text/plain", "hello"),
                                   (200, "text/plain", "x" * 70000)):
            with self.subTest(status=status, kind=kind, text=text[:9]):
                self.serve(self.ENFORCE)
                self.web.status, self.web.type = status, kind
                self.web.text = text
                self.without_policy()
                self.assertEqual(len(self.web.asked), 1)
                self.assertIn("cannot be had", self.maild.log_tail(99999))
                self.doCleanups()
                self.setUp()

    def test_a_web_server_that_is_another(self):
        self.serve(self.ENFORCE, web="mta-sts.evil.example")
        self.without_policy()
        self.assertEqual(self.web.asked, [])

    @LONG
    def test_switched_off(self):
        self.serve(self.ENFORCE, settings="; mta_sts no")
        self.without_policy()
        self.assertEqual(self.web.asked, [])


if __name__ == "__main__":
    main()
