# SPDX-License-Identifier: ISC
"""DANE against zones that ldns signs and nsd serves: what TLSA records say of
a server holds, and whoever breaks DNSSEC gets no mail."""

import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

from maildtest import Maild, free_port, main, message, wait_for
from sink import Sink, certificate

# The quick tier takes one of each kind.
LONG = unittest.skipUnless(os.environ.get("LONG") == "true", "takes its time")

# What becomes of this record once the zone has been signed.
REAL, FORGED = "3 1 1 " + "aa" * 32, "3 1 1 " + "bb" * 32


class Zones:
    """nsd with the zone signed.example, whose records are given, signed, and
    with another zone, which is not."""

    def __init__(self, folder, signed, plain="", name="plain.example"):
        self.dir, self.port = folder, free_port()
        self.anchor = os.path.join(folder, "anchor")
        head = ("$ORIGIN %s.\n$TTL 60\n@ SOA ns. admin. 1 3600 600 86400 60\n"
                "@ NS ns.%s.\nns A 127.0.0.1\n")
        self.write("signed.zone", head % (("signed.example",) * 2) + signed)
        self.write("plain.zone", head % ((name,) * 2) + plain)
        key = self.run("ldns-keygen", "-k", "-a", "ECDSAP256SHA256",
                       "signed.example").strip()
        self.run("ldns-signzone", "-n", "-f", "signed.out", "signed.zone", key)
        shutil.copy(os.path.join(folder, key + ".key"), self.anchor)
        with open(os.path.join(folder, "signed.out")) as f:
            text = f.read()
        self.write("signed.out", text.replace("\t" + REAL, "\t" + FORGED))
        self.write("nsd.conf", (
            "server:\n ip-address: 127.0.0.1@%d\n username: \"\"\n"
            " chroot: \"\"\n database: \"\"\n zonesdir: \"%s\"\n"
            " pidfile: \"%s/pid\"\n xfrdfile: \"%s/xfrd\"\n"
            " zonelistfile: \"%s/list\"\n xfrdir: \"%s\"\n"
            " server-count: 1\n"
            "remote-control:\n control-enable: no\n"
            "zone:\n name: signed.example\n zonefile: signed.out\n"
            "zone:\n name: %s\n zonefile: plain.zone\n")
            % ((self.port,) + (folder,) * 5 + (name,)))
        self.log = open(os.path.join(folder, "log"), "w")
        self.process = subprocess.Popen(
            ["/usr/sbin/nsd", "-d", "-c", os.path.join(folder, "nsd.conf")],
            stderr=self.log, stdout=self.log, start_new_session=True)
        wait_for("nsd", 30, self.answers)

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)

    def run(self, *args):
        return subprocess.run(args, cwd=self.dir, check=True,
                              capture_output=True, text=True).stdout

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(1)
            s.connect(("127.0.0.1", self.port))
            try:
                s.send(b"\0\1\0\0\0\1\0\0\0\0\0\0"
                       b"\6signed\7example\0\0\6\0\1")
                return s.recv(4096)
            except OSError:
                return None

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def digest(cert, selector):
    """The SHA-256 of a certificate (0) or of its key (1), in hexadecimal."""
    with open(cert) as f:
        pem = f.read()
    if selector:
        key = subprocess.run(["openssl", "x509", "-in", cert, "-pubkey",
                              "-noout"], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"],
                             input=key.stdout, check=True,
                             capture_output=True).stdout
    else:
        der = ssl.PEM_cert_to_DER_cert(pem)
    return hashlib.sha256(der).hexdigest()


def signed_by_authority(folder, name):
    """A certificate for name and the authority's behind it; its key; and the
    authority's alone."""
    path = {k: os.path.join(folder, "ca-" + k) for k in
            ("cert", "key", "chain", "leaf-key", "csr", "ext")}
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=Test authority", "-keyout", path["key"], "-out",
         path["cert"]], check=True, capture_output=True)
    subprocess.run(
        ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
         "-keyout", path["leaf-key"], "-out", path["csr"]], check=True,
        capture_output=True)
    with open(path["ext"], "w") as f:
        f.write("subjectAltName=DNS:%s\n" % name)
    leaf = subprocess.run(
        ["openssl", "x509", "-req", "-in", path["csr"], "-CA", path["cert"],
         "-CAkey", path["key"], "-days", "2", "-set_serial", "7", "-extfile",
         path["ext"]], check=True, capture_output=True, text=True).stdout
    with open(path["chain"], "w") as f:
        with open(path["cert"]) as authority:
            f.write(leaf + authority.read())
    return (path["chain"], path["leaf-key"]), path["cert"]


class Dane(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="maild-dane-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.port = free_port()
        self.cert = certificate(self.dir, "whatever.example")

    def serve(self, signed, plain="", anchor=True):
        zones = Zones(self.dir, signed.replace("_tlsa", "_%d._tcp" % self.port),
                      plain.replace("_tlsa", "_%d._tcp" % self.port))
        self.addCleanup(zones.close)
        self.maild = Maild(
            "-o", "relay { mx yes; resolver 127.0.0.1@%d; mx_port %d; "
            "timeout 5s%s }" % (zones.port, self.port, "; trust_anchor "
                                + zones.anchor if anchor else ""),
            "-o", "queue { retry 1s 1s 2s }")
        self.addCleanup(self.maild.stop)

    def sink(self, host="127.0.0.1", **kw):
        sink = Sink(host=host, port=self.port, **kw)
        self.addCleanup(sink.close)
        return sink

    def send(self, to="x@signed.example"):
        c = self.maild.smtp()
        c.sendmail("test@localhost", [to], message(
            to=to, sender="test@localhost"))
        c.quit()

    def comes(self, sink, tls=True):
        wait_for("a message", 30, lambda: sink.mail)
        self.assertEqual(sink.mail[0].tls is not None, tls)

    def waits(self, sink, words):
        """It is tried twice, and put off both times."""
        wait_for("two attempts", 60, lambda: self.maild.log_tail(99999).count(
            "result=deferred") >= 2)
        self.assertIn(words, self.maild.log_tail(99999))
        self.assertEqual(sink.mail, [])

    ZONE = "@ MX 10 mx\nmx A 127.0.0.1\n_tlsa.mx TLSA %s\n"

    def test_dane_ee_by_key(self):
        """Whatever the name in the certificate."""
        self.serve(self.ZONE % ("3 1 1 " + digest(self.cert[0], 1)))
        sink = self.sink(cert=self.cert)
        self.send()
        self.comes(sink)

    @LONG
    def test_dane_ee_by_certificate_among_others(self):
        self.serve(self.ZONE % ("3 1 1 " + "00" * 32) +
                   "_tlsa.mx TLSA 3 0 1 " + digest(self.cert[0], 0) + "\n")
        sink = self.sink(cert=self.cert)
        self.send()
        self.comes(sink)

    def test_another_key(self):
        self.serve(self.ZONE % ("3 1 1 " + "00" * 32))
        sink = self.sink(cert=self.cert)
        self.send()
        self.waits(sink, "its certificate is not good")

    @LONG
    def test_no_starttls(self):
        self.serve(self.ZONE % ("3 1 1 " + digest(self.cert[0], 1)))
        sink = self.sink()
        self.send()
        self.waits(sink, "mx.signed.example")

    def test_dane_ta(self):
        chain, authority = signed_by_authority(self.dir, "mx.signed.example")
        self.serve(self.ZONE % ("2 0 1 " + digest(authority, 0)))
        sink = self.sink(cert=chain)
        self.send()
        self.comes(sink)

    @LONG
    def test_dane_ta_for_the_domain(self):
        chain, authority = signed_by_authority(self.dir, "signed.example")
        self.serve(self.ZONE % ("2 1 1 " + digest(authority, 1)))
        sink = self.sink(cert=chain)
        self.send()
        self.comes(sink)

    def test_dane_ta_for_another_name(self):
        chain, authority = signed_by_authority(self.dir, "mx.other.example")
        self.serve(self.ZONE % ("2 0 1 " + digest(authority, 0)))
        sink = self.sink(cert=chain)
        self.send()
        self.waits(sink, "its certificate is not good")

    def test_without_usable_records_tls_all_the_same(self):
        self.serve(self.ZONE % ("0 0 1 " + "00" * 32))
        sink = self.sink(cert=self.cert)
        self.send()
        self.comes(sink)

    @LONG
    def test_without_usable_records_not_without_tls(self):
        self.serve(self.ZONE % ("1 0 1 " + "00" * 32))
        sink = self.sink()
        self.send()
        self.waits(sink, "mx.signed.example")

    def test_a_forged_record(self):
        self.serve(self.ZONE % REAL)
        sink = self.sink(cert=self.cert)
        self.send()
        self.waits(sink, "its TLSA records cannot be looked up")

    def test_the_next_server_may_do(self):
        self.serve("@ MX 10 bad\n@ MX 20 mx\nbad A 127.0.0.2\n"
                   "_tlsa.bad TLSA 3 1 1 " + "00" * 32 + "\nmx A 127.0.0.1\n"
                   "_tlsa.mx TLSA 3 1 1 " + digest(self.cert[0], 1) + "\n")
        bad = self.sink("127.0.0.2", cert=self.cert)
        sink = self.sink(cert=self.cert)
        self.send()
        self.comes(sink)
        self.assertEqual(bad.mail, [])

    def test_proof_that_there_is_none(self):
        self.serve("@ MX 10 mx\nmx A 127.0.0.1\n")
        sink = self.sink()
        self.send()
        self.comes(sink, tls=False)

    def test_an_alias(self):
        self.serve("@ MX 10 mx\nmx CNAME real\nreal A 127.0.0.1\n"
                   "_tlsa.real TLSA 3 1 1 " + "00" * 32 + "\n")
        sink = self.sink(cert=self.cert)
        self.send()
        self.waits(sink, "its certificate is not good")

    @LONG
    def test_the_records_of_the_alias_itself(self):
        self.serve("@ MX 10 mx\nmx CNAME real\nreal A 127.0.0.1\n"
                   "_tlsa.mx TLSA 3 1 1 " + "00" * 32 + "\n")
        sink = self.sink(cert=self.cert)
        self.send()
        self.waits(sink, "its certificate is not good")

    @LONG
    def test_without_mx(self):
        self.serve("@ A 127.0.0.1\n_tlsa TLSA 3 1 1 " + "00" * 32 + "\n")
        sink = self.sink(cert=self.cert)
        self.send()
        self.waits(sink, "its certificate is not good")

    def test_an_unsigned_zone_says_nothing(self):
        self.serve("", self.ZONE % ("3 1 1 " + "00" * 32))
        sink = self.sink()
        self.send("x@plain.example")
        self.comes(sink, tls=False)

    @LONG
    def test_a_server_in_an_unsigned_zone(self):
        self.serve("@ MX 10 mx.plain.example.\n",
                   "mx A 127.0.0.1\n_tlsa.mx TLSA 3 1 1 " + "00" * 32 + "\n")
        sink = self.sink()
        self.send()
        self.comes(sink, tls=False)

    @LONG
    def test_an_unsigned_zone_with_a_server_in_a_signed_one(self):
        """Who forges the MX could as well name another server."""
        self.serve("mx A 127.0.0.1\n_tlsa.mx TLSA 3 1 1 " + "00" * 32 + "\n",
                   "@ MX 10 mx.signed.example.\n")
        sink = self.sink()
        self.send("x@plain.example")
        self.comes(sink, tls=False)

    @LONG
    def test_without_a_trust_anchor(self):
        self.serve(self.ZONE % ("3 1 1 " + "00" * 32), anchor=False)
        sink = self.sink()
        self.send()
        self.comes(sink, tls=False)


if __name__ == "__main__":
    main()
