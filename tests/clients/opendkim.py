# SPDX-License-Identifier: ISC
"""What OpenDKIM says of messages.

opendkim-testmsg asks the servers of /etc/resolv.conf, at port 53, for keys.  So
it runs in namespaces of its own, where that file names a server of the test's.
"""

import json
import os
import subprocess
import sys
import tempfile

import dns

NAMESPACES = ["unshare", "--mount", "--net"] + (
    [] if os.geteuid() == 0 else ["--map-root-user"])


def usable():
    """Whether one may make namespaces here."""
    return subprocess.run(NAMESPACES + ["true"],
                          capture_output=True).returncode == 0


def verify(messages, records):
    """What is wrong with each of the messages, "" if nothing; records has the
    keys by name."""
    asked = {"records": {k.rstrip("."): v.decode() for k, v in records.items()},
             "messages": [m.decode("latin-1") for m in messages]}
    p = subprocess.run(NAMESPACES + [sys.executable, __file__],
                       capture_output=True, text=True, timeout=120,
                       input=json.dumps(asked))
    if p.returncode != 0:
        raise AssertionError(p.stderr)
    return json.loads(p.stdout)


def pieces(record):
    """A string in the DNS has 255 bytes at most."""
    return [record[i:i + 255] for i in range(0, len(record), 255)]


def one(message):
    p = subprocess.run(["opendkim-testmsg"], input=message.encode("latin-1"),
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = p.stdout.decode("utf-8", "replace").strip()
    return said or ("ended with %d" % p.returncode if p.returncode else "")


def within():
    """In the namespaces."""
    asked = json.load(sys.stdin)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.NamedTemporaryFile("w") as f:
        f.write("nameserver 127.0.0.1\n")
        f.flush()
        subprocess.run(["mount", "--bind", f.name, "/etc/resolv.conf"],
                       check=True)
        server = dns.Dns({(name, dns.TXT): [dns.txt(*pieces(record))]
                          for name, record in asked["records"].items()}, 53)
        json.dump([one(m) for m in asked["messages"]], sys.stdout)
        server.close()


if __name__ == "__main__":
    within()
