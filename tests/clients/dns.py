# SPDX-License-Identifier: ISC
"""A DNS server for tests: what it answers is a dictionary.

zone is {(name, type): [rdata, ...]}, with lower case names without the last
dot; a value may be a number instead, which is the RCODE, or None: it says
nothing.  Names that stand in no entry do not exist.
"""

import socket
import struct
import threading

A, CNAME, MX, TXT, AAAA = 1, 5, 15, 16, 28


def name(text):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in text.split(".") if label) + b"\0"


def a(text):
    return socket.inet_aton(text)


def mx(preference, host):
    return struct.pack(">H", preference) + name(host)


def txt(*strings):
    return b"".join(bytes([len(s)]) + s.encode() for s in strings)


def zone_file(zone):
    """The records as the lines of a file (RFC 3597 section 5)."""
    return "".join("%s. TYPE%d \\# %d %s\n" % (owner, kind, len(r), r.hex())
                   for (owner, kind), records in zone.items() for r in records)


class Dns:
    def __init__(self, zone, port=0, ttl=1):
        self.zone, self.ttl = zone, ttl
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", port))
        self.port = self.sock.getsockname()[1]
        self.asked = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                data, peer = self.sock.recvfrom(4096)
                answer = self.answer(data)
                if answer:
                    self.sock.sendto(answer, peer)
            except OSError:
                return

    def answer(self, data):
        end, labels = 12, []
        while data[end]:
            labels.append(data[end + 1:end + 1 + data[end]].decode().lower())
            end += 1 + data[end]
        kind = struct.unpack(">H", data[end + 1:end + 3])[0]
        owner = ".".join(labels)
        self.asked.append((owner, kind))
        rcode, records = self.look_up(owner, kind)
        if rcode is None:
            return None
        return (data[:2] + struct.pack(">HHHHH", 0x8580 | rcode, 1,
                                       len(records), 0, 0) +
                data[12:end + 5] + b"".join(
                    b"\xc0\x0c" + struct.pack(">HHIH", k, 1, self.ttl, len(r)) + r
                    for k, r in records))

    def look_up(self, owner, kind):
        if (owner, CNAME) in self.zone:
            return 0, [(CNAME, r) for r in self.zone[owner, CNAME]]
        found = self.zone.get((owner, kind))
        if isinstance(found, list):
            return 0, [(kind, r) for r in found]
        if found is not None:
            return found, []
        if (owner, kind) in self.zone:
            return None, []
        return (0 if any(o == owner for o, _ in self.zone) else 3), []

    def close(self):
        self.sock.close()
