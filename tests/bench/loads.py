# SPDX-License-Identifier: ISC
"""What the benchmarks of many clients at once share: a load generator of ours
sends the same to two servers, each in a clean folder, in turn.

A row is measured once for each run; medians are compared: the rate, the CPU of
the servers and of the load generator, sync calls and stored bytes, the last
four per message (or whatever the row counts).
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Callable, Optional, Tuple

import bench

# A generator that takes more of a core is in the servers' way.
BUSY = 0.5


@dataclass
class Row:
    name: str
    job: Callable  # (server, sessions, count) -> what the generator prints
    sessions: int
    count: int  # commands in a run
    bar: float  # how many times the peer's rate
    # What CPU may be spent on each: ("ms", N), or a share of the peer's.
    cpu: Optional[Tuple[str, float]] = None
    each: int = 1  # messages that a command brings
    counts: str = ""  # the generator's number that is meant instead

    def done(self, got, count):
        return got[self.counts] if self.counts else count * self.each

    def cpu_limit(self, peer_ms):
        kind, most = self.cpu
        return most if kind == "ms" else most * peer_ms


def generate(program, *args):
    out = subprocess.run(
        [os.path.join(bench.BUILD, "tests", "bench", program), "127.0.0.1"] +
        [str(a) for a in args], stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)


def measure(server, row):
    row.job(server, row.sessions, row.sessions * 2)  # every user's first
    cpu, stored = bench.cpu(server.pid), bench.stored(server.store)
    got = row.job(server, row.sessions, row.count)
    n = row.done(got, row.count)
    return {
        "rate": n / got["seconds"],
        "server_cpu_ms": (bench.cpu(server.pid) - cpu) / n * 1e3,
        "client_cpu_ms": got["client_cpu"] / n * 1e3,
        "stored": (bench.stored(server.store) - stored) / n,
    }


def count_syncs(server, row):
    count = max(4, row.sessions * 4 // row.each)
    syncs = bench.Syncs(server.pid)
    got = row.job(server, row.sessions, count)
    return syncs.stop() / row.done(got, count)


def run_server(make, users, rows, results, with_syncs):
    server = make(users)
    try:
        for row in rows:
            got = measure(server, row)
            if with_syncs:
                got["syncs"] = count_syncs(server, row)
            results.setdefault(row.name, {}).setdefault(
                server.name, []).append(got)
            print("%s, %s: %.0f/s" % (server.name, row.name, got["rate"]),
                  file=sys.stderr)
    finally:
        server.close()


def compare(servers, users, rows, runs, syncs=True):
    """{row: {server: medians}}"""
    results = {}
    for run in range(runs):
        for make in servers:
            run_server(make, users, rows, results, syncs and run == 0)
    return {row: {name: bench.medians(got) for name, got in by.items()}
            for row, by in results.items()}


def in_the_way(rows, results, names):
    """Where the generator, not the server, may be what is measured."""
    busy = [row.name for row in rows if any(
        results[row.name][n]["rate"] * results[row.name][n]["client_cpu_ms"] >
        BUSY * 1e3 for n in names)]
    return "\nThe load generator took more than half a core in: %s.\n" % (
        "; ".join(busy)) if busy else ""


def report(name, title, servers, rows, results):
    """The first server is maild, the second the peer whose rate the bars are
    of; no row shall be behind the best of the peers."""
    names = [s.name for s in servers]
    mine, peer = names[0], names[1]
    v, lines = bench.Verdicts(), []
    with_cpu = any(row.cpu for row in rows)
    with_syncs = "syncs" in results[rows[0].name][mine]
    for row in rows:
        by = results[row.name]
        m, p = by[mine], by[peer]
        v.note(row.name, behind=m["rate"] < max(by[n]["rate"]
                                                for n in names[1:]))
        line = [row.name] + ["%.0f" % by[n]["rate"] for n in names[1:] + [mine]]
        line += v.more(row.name, m["rate"], p["rate"], row.bar)
        line += ["%.3f" % by[n]["server_cpu_ms"] for n in names[1:] + [mine]]
        if row.cpu:
            line += v.within(row.name, m["server_cpu_ms"],
                             row.cpu_limit(p["server_cpu_ms"]))
        elif with_cpu:
            line += ["-", "-"]
        line.append("%.3f" % m["client_cpu_ms"])
        for key, form in (("syncs", "%.2f"), ("stored", "%.0f")) \
                if with_syncs else ():
            line += [form % by[n][key] for n in names[1:] + [mine]]
        lines.append(line)
    columns = ["work"] + [n + "/s" for n in names[1:] + [mine]] + \
        ["ratio", "bar", "met"] + \
        [n + " CPU ms" for n in names[1:] + [mine]] + \
        (["bar", "met"] if with_cpu else []) + ["client CPU ms"]
    for what in ("syncs", "bytes") if with_syncs else ():
        columns += ["%s %s" % (n, what) for n in names[1:] + [mine]]
    bench.report(name, bench.table(title, columns, lines) +
                 in_the_way(rows, results, names),
                 {row.name: dict(results[row.name], bar=row.bar)
                  for row in rows}, v)
