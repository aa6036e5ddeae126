# SPDX-License-Identifier: ISC
"""Servers that say what a test wants, and what leads a client to them: a
certificate authority, and a SOCKS proxy that knows all names."""

import os
import select
import socket
import ssl
import subprocess
import threading


class Authority:
    """A CA in a folder; certificate() gives files for host names."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = os.path.join(folder, "test-ca.pem")
        self.key = os.path.join(folder, "test-ca.key")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                     "-subj", "/CN=Test CA", "-keyout", self.key,
                     "-out", self.ca)

    def openssl(self, *args):
        subprocess.run(["openssl", *args], check=True, capture_output=True,
                       timeout=60)

    def context(self, *names):
        path = os.path.join(self.folder, names[0].replace("*", "_"))
        with open(path + ".ext", "w") as f:
            f.write("subjectAltName=" + ",".join("DNS:" + n for n in names))
        self.openssl("req", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-subj",
                     "/CN=" + names[0], "-keyout", path + ".key", "-out",
                     path + ".csr")
        self.openssl("x509", "-req", "-in", path + ".csr", "-CA", self.ca,
                     "-CAkey", self.key, "-CAcreateserial", "-days", "30",
                     "-extfile", path + ".ext", "-out", path + ".pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path + ".pem", path + ".key")
        return context


class Server:
    """Accepts on a port of 127.0.0.1 and lets talk(conversation) do the rest,
    for each connection in a thread; what clients said is in lines."""

    def __init__(self, talk, context=None):
        self.talk = talk
        self.context = context
        self.lines = []
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(conn,),
                             daemon=True).start()

    def one(self, conn):
        try:
            conn.settimeout(60)
            if self.context:
                conn = self.context.wrap_socket(conn, server_side=True)
            self.talk(Conversation(self, conn))
        except (OSError, ValueError):
            pass  # a client that leaves, or speaks something else
        finally:
            conn.close()

    def close(self):
        self.sock.close()


class Conversation:
    def __init__(self, server, conn):
        self.server = server
        self.conn = conn
        self.pending = b""

    def say(self, text):
        self.conn.sendall(text.encode() if isinstance(text, str) else text)

    def hear(self):
        """A line, without its end; b"" where there are no more."""
        while b"\n" not in self.pending:
            piece = self.conn.recv(65536)
            if not piece:
                return b""
            self.pending += piece
        line, self.pending = self.pending.split(b"\n", 1)
        line = line.rstrip(b"\r")
        self.server.lines.append(line)
        return line

    def start_tls(self, context):
        self.conn = context.wrap_socket(self.conn, server_side=True)


class Relay:
    """In front of an IMAP server over TLS, without some of its capabilities;
    turns counts how often the client waited for it."""

    def __init__(self, authority, port, without=()):
        self.port = port
        self.without = without
        self.turns = 0
        self.heard = False
        self.pending = b""
        self.server = Server(self.talk, authority.context("localhost"))

    def talk(self, c):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(socket.create_connection(
                ("127.0.0.1", self.port))) as up:
            while self.pump(c, up):
                pass

    def pump(self, c, up):
        """What each side has said goes to the other; false: one has left."""
        asked, answered = self.read(c.conn), self.read(up)
        if asked == b"" or answered == b"":
            return False
        if asked:
            self.turns += self.heard
            self.heard = False
            up.sendall(asked)
        if answered:
            self.heard = True
            self.pending += answered
            *lines, self.pending = self.pending.split(b"\n")
            c.conn.sendall(b"".join(self.offered(x) + b"\n" for x in lines))
        if not asked and not answered:
            return bool(select.select([c.conn, up], [], [], 60)[0])
        return True

    def read(self, conn):
        """None: nothing now.  A TLS connection is for one thread, and what is
        readable may be none of its bytes."""
        conn.setblocking(False)
        try:
            return conn.recv(65536)
        except ssl.SSLWantReadError:
            return None
        finally:
            conn.settimeout(60)

    def offered(self, line):
        if b"CAPABILITY" in line:
            for word in self.without:
                line = line.replace(b" " + word, b"")
        return line


class Counter:
    """In front of a port: counts the bytes that go up and down."""

    def __init__(self, port):
        self.target, self.bytes = port, [0, 0]
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            for s in (client, server):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.pump, args=(client, server),
                             daemon=True).start()

    def read(self, s):
        return s.recv(1 << 18)

    def pump(self, client, server):
        peers = {client: (server, 0), server: (client, 1)}
        try:
            while True:
                for s in select.select(list(peers), [], [])[0]:
                    data = self.read(s)
                    if not data:
                        return
                    to, way = peers[s]
                    self.bytes[way] += len(data)
                    to.sendall(data)
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    def take(self):
        """Up and down, since the last time."""
        got, self.bytes = self.bytes, [0, 0]
        return got

    def close(self):
        self.listener.close()


class Socks:
    """A SOCKS 5 proxy (RFC 1928) with a table {(host, port): local port};
    what stands not in it is refused."""

    def __init__(self, table):
        self.table = table
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.url = "socks5h://127.0.0.1:%d" % self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(conn,),
                             daemon=True).start()

    def one(self, conn):
        with conn, conn.makefile("rb") as f:
            f.read(f.read(2)[1])
            conn.sendall(b"\5\0")
            f.read(3)
            if f.read(1) != b"\3":
                return
            host = f.read(f.read(1)[0]).decode()
            port = int.from_bytes(f.read(2), "big")
            to = self.table.get((host, port))
            conn.sendall(b"\5" + (b"\0" if to else b"\4") + b"\0\1" +
                         bytes(6))
            if to:
                with socket.create_connection(("127.0.0.1", to)) as other:
                    other_way = threading.Thread(
                        target=self.pump, args=(other, conn), daemon=True)
                    other_way.start()
                    self.pump(conn, other)
                    other_way.join(10)

    def pump(self, source, sink):
        try:
            while True:
                piece = source.recv(65536)
                if not piece:
                    break
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.sock.close()
