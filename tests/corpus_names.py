#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""How the sources of a database get their names, and whether another identity
that passed contradicts one: that passed for more messages than the name's, or
for fewer, and none such is said.

usage: corpus_names.py DATABASE

Looks at everything that is in a database of ruactl import.  Who contradicts is
decided here, by libpsl and the names in the table of services alone.  Exits 0
if no name is contradicted.
"""

import collections
import ctypes
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys

SRC = pathlib.Path(os.environ.get("RUAD_SRC", "."))
RUACTL = pathlib.Path(os.environ.get("RUAD_BUILD", "build/release")) / "ruactl"
EVIDENCE = ("rule", "ptr", "spf", "dkim", "own", "ptr_domain", "as",
            "network", "address")
EVER = "--since=1970-01-01"


class Organizations:
    """Of domains, and what the table calls those of services."""

    def __init__(self):
        self.psl = ctypes.CDLL("libpsl.so.5")
        self.psl.psl_builtin.restype = ctypes.c_void_p
        self.psl.psl_registrable_domain.restype = ctypes.c_char_p
        self.psl.psl_registrable_domain.argtypes = (ctypes.c_void_p,
                                                    ctypes.c_char_p)
        self.list = self.psl.psl_builtin()
        self.services = {}
        for path in (SRC / "src/report").glob("service_table*.c"):
            self.services.update(re.findall(
                r'\{ "([^"]+)",\s+"([^"]+)",', path.read_text()))

    def of(self, domain):
        found = self.psl.psl_registrable_domain(self.list, domain.encode())
        return found.decode() if found else domain

    def name(self, domain):
        """Its service, else its organization."""
        parts = domain.split(".")
        for i in range(len(parts)):
            service = self.services.get(".".join(parts[i:]))
            if service:
                return service
        return self.of(domain)


def ask(database, *args):
    done = subprocess.run([RUACTL, "-d", database, "--format=json", *args],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def read_passing(db, domains, own, orgs):
    """{ip: ({SPF name: messages}, {d= name: messages}, records)} of a domain
    without what passes for itself"""
    found = {}
    marks = ",".join("?" * len(domains))
    sql = ("SELECT s.ip, rec.id, rec.messages FROM record rec JOIN report rep"
           " ON rep.id = rec.report_id LEFT JOIN source s"
           " ON s.id = rec.source_id WHERE rep.domain IN (%s)" % marks)
    for ip, record, messages in db.execute(sql, domains):
        spf, dkim, count = found.setdefault(
            ip, (collections.Counter(), collections.Counter(), [0]))
        count[0] += 1
        for table, names in (("auth_spf", spf), ("auth_dkim", dkim)):
            where = " AND scope IS NOT 'helo'" if table == "auth_spf" else ""
            for name in {orgs.name(domain) for domain, in db.execute(
                    "SELECT domain FROM %s WHERE record_id = ? AND"
                    " result = 'pass' AND domain <> ''%s" % (table, where),
                    [record]) if orgs.of(domain) != own}:
                names[name] += messages
    return found


def other_identities(row, author, spf, dkim):
    """The messages that the name rests on, and what passed beside it: [(messages,
    name, words)]"""
    who = row["who"]
    if row["evidence"] == "dkim":
        return dkim[who], [
            (n, name, "%s signs, but SPF passes for %s" % (who, name))
            for name, n in spf.items() if name != who]
    if row["evidence"] == "spf":
        return spf[who], [
            (n, name, "SPF passes for %s, but %s signs" % (who, name))
            for name, n in dkim.items() if name not in (who, author)] + [
            (n, name, "SPF passes for %s, but also for %s" % (who, name))
            for name, n in spf.items() if name != who]
    return 0, []


def measure(database):
    """Print the shares.  Returns the names that are contradicted."""
    orgs, faults, mixed = Organizations(), [], 0
    sums = {name: [0, 0, 0] for name in EVIDENCE}
    shown = {row["domain"] for row in ask(database, "summary", EVER)}
    under = collections.defaultdict(list)
    with sqlite3.connect(database) as db:
        for name, in db.execute("SELECT DISTINCT domain FROM report"):
            under[name if name in shown else orgs.of(name)].append(name)
        for domain in sorted(shown):
            passing = read_passing(db, under[domain], orgs.of(domain), orgs)
            rows = ask(database, "sources", domain, EVER, "--by=address")
            authors = {row["who"]: row["author"] for row
                       in ask(database, "sources", domain, EVER)
                       } if any(row["evidence"] == "spf" for row in rows
                                ) else {}
            for row in rows:
                spf, dkim, records = passing[row["ip"]]
                total = sums[row["evidence"]]
                total[0] += 1
                total[1] += records[0]
                total[2] += row["messages"]
                rests_on, others = other_identities(
                    row, authors.get(row["who"]), spf, dkim)
                mixed += bool(others)
                also = row["also"] or ""
                said = {also, orgs.name(also)}
                faults += ["%s %s: %s (%d, %d messages)" % (
                    domain, row["ip"], words, rests_on, n)
                    for n, name, words in others if n > rests_on or
                    (n == max(others)[0] and not said & {
                        name for k, name, _ in others if k == n})]
    all_of = [max(1, sum(column)) for column in zip(*sums.values())]
    print("named by   sources   records    messages")
    for name, counts in sums.items():
        if counts[0]:
            print("%-8s %9d %9d %11d   (%.1f %% of records, %.1f %% of "
                  "messages)" % (name, *counts, 100 * counts[1] / all_of[1],
                                 100 * counts[2] / all_of[2]))
    print("of %d sources a smaller part passes as somebody else, as is said" %
          (mixed - len({fault.split(": ")[0] for fault in faults})))
    return faults


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = measure(sys.argv[1])
    for fault in faults:
        print("MISMATCH: %s" % fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
