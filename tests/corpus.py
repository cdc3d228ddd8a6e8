#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Read a corpus of real samples and compare with what is known of them.

usage: corpus.py CORPUSDIR

CORPUSDIR holds corpus.tar.xz (or the unpacked samples), MANIFEST.tsv and
TRUTH.tsv.  Stage 1 gives every sample to ruad-parse, one process each, and
compares each report with its line of TRUTH.tsv; hostile samples and mail that
is no report must cost neither time nor memory nor give a report.  Stage 2
imports all report samples with ruactl and compares the database's totals with
the answers of stage 1.  Exits 0 only when everything matches.
"""

import collections
import concurrent.futures
import csv
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

SRC = pathlib.Path(os.environ.get("RUAD_SRC", "."))
BUILD = pathlib.Path(os.environ.get("RUAD_BUILD", "build/release"))
PARSE = BUILD / "ruad-parse"
RUACTL = BUILD / "ruactl"
REPORTS = ("aggregate-xml", "aggregate-archive", "aggregate-mail")
OTHERS = ("hostile", "other-mail")
MAX_SECONDS = 10
MAX_RSS_KB = 192 * 1024  # the kernel counts what we used before exec, too
# ASan's shadow memory is not ours to count.
SANITIZED = BUILD.name == "asan"

# Fields where ruad means to differ from TRUTH.tsv: by a word in the line's
# notes, or by path.  (field, why)
EMPTY_ORG = ("org_name", "never empty: the e-mail's domain instead (Q-53)")
EXCUSED = {
    "empty-org_name": EMPTY_ORG,
    "domainaware+parsedmarc/samples/aggregate/empty_reason.xml": (
        "reasons", "one without type and comment is dropped (Q-50)"),
    "ietf-wg-dmarc+draft-ietf-dmarc-aggregate-reporting/"
    "dmarc-xmlalt-0.2.xml@c0f97a59": (
        "source_ips", "::ffff:092.168.4.4 is not an address (Q-82)"),
    "jorritfolmer+TA-dmarc/bin/dmarc/test/data/fail_rua_xsd.xml": (
        "begin", "'integer' is not a time: begin is set to end (Q-79)"),
}

# Samples of kind other-mail that do hold a report.
HOLD_A_REPORT = {}


def load_tsv(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


class Run:
    """One ruad-parse: its answer, status, and what it used."""

    def __init__(self, path):
        start = time.monotonic()
        with open(path, "rb") as sample, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen([PARSE], stdin=sample, stderr=errors,
                                       stdout=subprocess.PIPE)
            leash = threading.Timer(3 * MAX_SECONDS, process.kill)
            leash.start()
            out = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            leash.cancel()
            process.stdout.close()
            process.returncode = status
            errors.seek(0)
            self.errors = errors.read().decode("utf-8", "replace").strip()
        self.seconds = time.monotonic() - start
        self.status = os.waitstatus_to_exitcode(status)
        self.rss_kb = usage.ru_maxrss
        self.reports = []
        self.problems = []
        self.verdict = None
        self.read(out)

    def read(self, out):
        for line in out.decode("utf-8").splitlines():
            item = json.loads(line)
            kind = item["type"]
            if kind == "aggregate":
                self.reports.append((item, []))
            elif kind == "record":
                self.reports[-1][1].append(item)
            elif kind == "problem":
                self.problems.append(item["text"])
            elif kind == "verdict":
                self.verdict = item

    def faults(self):
        """What no input may do to us."""
        if self.status < 0:
            name = signal.Signals(-self.status).name
            yield f"killed by {name} {self.errors[:200]}"
        elif self.status == 70 or "Sanitizer" in self.errors:
            yield f"exit {self.status}: {self.errors[:200]}"
        if self.verdict is None and self.status >= 0:
            yield f"no verdict (exit {self.status}): {self.errors[:200]}"
        if self.seconds > MAX_SECONDS:
            yield f"took {self.seconds:.1f} s"
        if self.rss_kb > MAX_RSS_KB and not SANITIZED:
            yield f"took {self.rss_kb >> 10} MB"
        for report, records in self.reports:
            if report["records"] != len(records):
                yield "the count of records is wrong"


def figures(report, records):
    """A report as a line of TRUTH.tsv."""
    row = {
        "org_name": report["org_name"],
        "report_id": report["external_id"],
        "domain": report["domain"],
        "begin": str(report["begin_ts"]),
        "end": str(report["end_ts"]),
        "records": str(len(records)),
        "messages": str(sum(r["messages"] for r in records)),
        "source_ips": str(len({r["source_ip"] for r in records
                               if "source_ip" in r})),
        "reasons": str(sum(len(r.get("overrides", ())) for r in records)),
    }
    counts = {"dkim": ("pass", "fail", "other"),
              "spf": ("pass", "fail", "other"),
              "disp": ("none", "quarantine", "reject", "other")}
    for prefix, words in counts.items():
        field = "disposition" if prefix == "disp" else prefix
        for word in words:
            hits = [r for r in records if word == (
                r.get(field) if r.get(field) in words else "other")]
            row[f"{prefix}_{word}_rec"] = str(len(hits))
            row[f"{prefix}_{word}_msg"] = str(sum(r["messages"] for r in hits))
    return row


def trim(word):
    return word.strip(" \t\r\n")


def excuses(want):
    return [EXCUSED[key] for key in [want["path"], *want["notes"].split()]
            if key in EXCUSED]


def compare(want, got):
    """The fields that differ, as sentences; none when all is well."""
    excused = {field for field, _ in excuses(want)}
    for field, value in got.items():
        known = trim(want[field])
        if field == "domain":
            known = known.lower().rstrip(".")
        if value != known and field not in excused:
            yield f"{field} is {value!r}, should be {known!r}"


class Score:
    def __init__(self):
        self.total = self.matched = 0
        self.mismatches = []
        self.exceptions = []

    def count(self, path, faults):
        self.total += 1
        if faults:
            self.mismatches += [f"{path}: {fault}" for fault in faults]
        else:
            self.matched += 1


def check_reports(path, rows, run, score):
    """One sample of TRUTH.tsv: every document in it."""
    unmatched = list(run.reports)
    for want in rows:
        name = f"{path} [{want['where']}]" if want["where"] else path
        for field, why in excuses(want):
            score.exceptions.append(f"{name}: {field}: {why}")
        if not unmatched:
            score.count(name, ["no report: " + "; ".join(
                run.problems + [str(run.verdict)])])
            continue
        faults = [(list(compare(want, figures(*r))), i)
                  for i, r in enumerate(unmatched)]
        best, i = min(faults, key=lambda f: len(f[0]))
        unmatched.pop(i)
        score.count(name, best)
    for report, _ in unmatched:
        score.mismatches.append(
            f"{path}: a report too many: {report['external_id']}")


def stage_parse(root, manifest, truth):
    """Stage 1.  Returns the reports of all samples, and the mismatches."""
    samples = [m for m in manifest if m["kind"] in REPORTS + OTHERS]
    score, found = Score(), {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(lambda m: Run(root / m["path"]), samples))
    for sample, run in zip(samples, runs):
        path, kind = sample["path"], sample["kind"]
        faults = list(run.faults())
        score.mismatches += [f"{path}: {fault}" for fault in faults]
        if faults:
            continue
        if path in truth:
            check_reports(path, truth[path], run, score)
        elif kind == "other-mail" and run.reports and \
                path not in HOLD_A_REPORT:
            score.mismatches.append(f"{path}: holds no report, but one came")
        if kind in REPORTS:
            found[path] = run.reports
    print(f"{len(samples)} samples, "
          f"slowest {max(r.seconds for r in runs):.2f} s, "
          f"largest {max(r.rss_kb for r in runs) >> 10} MB")
    return found, score


def totals_of(found):
    """What a database must hold after all samples: equal reports once."""
    once = {report["content_sha256"]: (report, records)
            for reports in found.values() for report, records in reports}
    records = [r for _, rs in once.values() for r in rs]
    return {
        "hashes": set(once),
        "records": len(records),
        "messages": sum(r["messages"] for r in records),
        "dkim": sum(len(r.get("auth_dkim", ())) for r in records),
        "spf": sum(len(r.get("auth_spf", ())) for r in records),
        "overrides": sum(len(r.get("overrides", ())) for r in records),
        "pass": sum(r["messages"] for r in records
                    if "pass" in (r.get("dkim"), r.get("spf"))),
    }


def totals_in(database):
    one = {
        "records": "SELECT count(*) FROM record",
        "messages": "SELECT coalesce(sum(messages), 0) FROM record",
        "dkim": "SELECT count(*) FROM auth_dkim",
        "spf": "SELECT count(*) FROM auth_spf",
        "overrides": "SELECT count(*) FROM override",
        "pass": "SELECT coalesce(sum(messages), 0) FROM record "
                "WHERE dmarc = 'pass'",
    }
    db = sqlite3.connect(database)
    totals = {name: db.execute(sql).fetchone()[0] for name, sql in one.items()}
    totals["hashes"] = {row[0].hex() for row in db.execute(
        "SELECT content_sha256 FROM report")}
    db.close()
    return totals


def stage_import(root, found, scratch):
    """Stage 2.  Returns mismatches."""
    samples = scratch / "import"
    for path in found:
        (samples / path).parent.mkdir(parents=True, exist_ok=True)
        (samples / path).write_bytes((root / path).read_bytes())
    database = scratch / "ruad.db"
    start = time.monotonic()
    done = subprocess.run([RUACTL, "-d", database, "import", samples],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    print(f"{len(found)} samples imported in "
          f"{time.monotonic() - start:.2f} s")
    # 65: some were unreadable, which is what stage 1 found too.
    if done.returncode not in (0, 65):
        text = done.stdout.decode("utf-8", "replace")
        return [f"ruactl import: exit {done.returncode}: {text[-2000:]}"]
    want, got = totals_of(found), totals_in(database)
    faults = [f"database: {len(want['hashes'] - got['hashes'])} reports are "
              f"missing, {len(got['hashes'] - want['hashes'])} are too many"
              ] if want["hashes"] != got["hashes"] else []
    faults += [f"database: {name} is {got[name]}, should be {want[name]}"
               for name in want if name != "hashes"
               and got[name] != want[name]]
    if not faults:
        print(f"database: {len(got['hashes'])} reports, "
              f"{got['records']} records, {got['messages']} messages")
    return faults


def check_quirks(found):
    """Each quirk must stand in the manual.  Returns mismatches."""
    counts = collections.Counter(
        quirk for reports in found.values() for report, _ in reports
        for quirk in report.get("quirks", ()))
    page = (SRC / "docs" / "ruad-quirks.7").read_text(encoding="utf-8")
    known = re.findall(r"^\.It Li (\S+)$", page, re.MULTILINE)
    print("quirks: " + ", ".join(f"{n} {q}" for q, n in counts.most_common()))
    return [f"{quirk} is not in ruad-quirks(7)" for quirk in counts
            if quirk not in known]


def unpack(corpus, scratch):
    archive = corpus / "corpus.tar.xz"
    if not archive.exists():
        return corpus
    root = scratch / "corpus"
    with tarfile.open(archive) as tar:
        tar.extractall(root, filter="data") if hasattr(
            tarfile, "data_filter") else tar.extractall(root)
    inner = [p for p in root.iterdir()]
    return inner[0] if len(inner) == 1 and inner[0].is_dir() else root


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    corpus = pathlib.Path(sys.argv[1])
    if not (corpus / "MANIFEST.tsv").exists():
        sys.exit(f"corpus.py: {corpus} has no MANIFEST.tsv")
    manifest = load_tsv(corpus / "MANIFEST.tsv")
    truth = {}
    for row in load_tsv(corpus / "TRUTH.tsv"):
        truth.setdefault(row["path"], []).append(row)
    with tempfile.TemporaryDirectory(prefix="ruad-corpus-") as name:
        scratch = pathlib.Path(name)
        root = unpack(corpus, scratch)
        found, score = stage_parse(root, manifest, truth)
        mismatches = (score.mismatches + check_quirks(found) +
                      stage_import(root, found, scratch))
    for line in score.exceptions:
        print(f"exception: {line}")
    for line in mismatches:
        print(f"MISMATCH: {line}")
    print(f"corpus: {score.matched} of {score.total} documents match, "
          f"{len(score.exceptions)} exceptions, {len(mismatches)} mismatches")
    return 1 if mismatches or score.matched != score.total else 0


if __name__ == "__main__":
    sys.exit(main())
