#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Read a corpus of real samples and compare with what is known of them.

usage: corpus.py CORPUSDIR

CORPUSDIR holds corpus.tar.xz (or the unpacked samples), MANIFEST.tsv and
TRUTH.tsv, TRUTH-tlsrpt.tsv and TRUTH-arf.tsv.  Stage 1 gives every sample to
ruad-parse, hostile ones to one process each, the others to some that serve, as
ruad does it, and compares each report with its line; hostile samples and mail
that is no report must cost neither time nor memory nor give a report.  Stage 2 imports all report samples with ruactl and compares the
database's totals with the answers of stage 1.  Stage 3 says by what kind of
evidence sources get their names.  Exits 0 only when everything matches.
"""

import collections
import csv
import datetime
import email.utils
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time

import corpus_names
import corpus_parse

SRC = pathlib.Path(os.environ.get("RUAD_SRC", "."))
RUACTL = corpus_parse.BUILD / "ruactl"
REPORTS = ("aggregate-xml", "aggregate-archive", "aggregate-mail")
TLS = ("tlsrpt-json", "tlsrpt-mail")
FAILURES = ("failure-mail",)
OTHERS = ("hostile", "other-mail")

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

# Lines of TRUTH-arf.tsv that ruad means to differ from.
EXCUSED_FAILURE = {
    "domainaware+parsedmarc/samples/forensic/DMARC Failure Report for "
    "domain.de (mail-from=sharepoint@domain.de, ip=10.10.10.10).eml":
        "its empty lines hold a space, which makes them folded fields: its "
        "report part says nothing, a problem",
}
# Samples of these kinds without a line there: how many reports they hold.
WITHOUT_LINE = {
    "domainaware+parsedmarc/samples/failure/"
    "exim_plain_text_only_no_arf_part.eml": 1,
    "marcbradshaw+mail-tls-rpt/t/data/report.json.gz.b64": 1,
}

# Samples of kind other-mail that do hold a report.
HOLD_A_REPORT = {}


def load_tsv(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


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


def differ(want, got):
    return [f"{field} is {value!r}, should be {want[field]!r}"
            for field, value in got.items() if str(value) != want[field]]


def iso_time(text):
    when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.timezone.utc)
    return str(int(when.timestamp()))


def check_tls(path, want, run, score):
    """One sample of TRUTH-tlsrpt.tsv; each holds one report."""
    if len(run.tls) != 1 or run.count() != 1:
        score.count(path, [f"{len(run.tls)} TLS reports: {run.verdict}"])
        return
    report, policies = run.tls[0]
    failures = [f for p in policies for f in p.get("failures", ())]
    want = dict(want, start=iso_time(want["start"]), end=iso_time(want["end"]))
    got = {
        "org": report["org_name"],
        "report_id": report["external_id"],
        "start": report["begin_ts"],
        "end": report["end_ts"],
        "policies": len(policies),
        "domains": ";".join(p["domain"] for p in policies),
        "types": ";".join(p["policy_type"] for p in policies),
        "successful": sum(p["ok"] for p in policies),
        "failed": sum(p["failed"] for p in policies),
        "failure_details": len(failures),
        "failed_sessions": sum(f["failed"] for f in failures),
    }
    score.count(path, differ(want, got))


def check_failure(path, want, run, score):
    """One sample of TRUTH-arf.tsv; each holds one report, or a complaint."""
    if want["feedback-type"] == "abuse":
        score.exceptions.append(f"{path}: an abuse report is no DMARC report")
        if run.count() or run.verdict["status"] != "other" or \
                "abuse" not in run.verdict["reason"]:
            score.mismatches.append(f"{path}: not called an abuse report")
        return
    if len(run.failures) != 1 or run.count() != 1:
        score.count(path, [f"{len(run.failures)} failure reports: "
                           f"{run.verdict}"])
        return
    report = run.failures[0]
    want = {field: value.strip() for field, value in want.items()}
    want["feedback-type"] = want["feedback-type"].lower()
    want["source-ip"] = want["source-ip"].split(" ")[0]
    want["incidents"] = want["incidents"] or "1"
    for field in ("original-mail-from", "original-rcpt-to"):
        want[field] = want[field].strip("<>")
    if want["delivery-result"] == "smg-policy-action":
        want["delivery-result"] = "policy"  # F-7
    got = {
        "feedback-type": report.get("feedback_type", ""),
        "user-agent": report.get("user_agent", ""),
        "auth-failure": report.get("auth_failure", ""),
        "source-ip": report.get("source_ip", ""),
        "reported-domain": report.get("reported_domain", ""),
        "original-mail-from": report.get("mail_from", ""),
        "original-rcpt-to": report.get("rcpt_to", ""),
        "delivery-result": report.get("delivery_result", ""),
        "identity-alignment": report.get("identity_alignment", ""),
        "incidents": report["incidents"],
    }
    if want["arrival-date"]:  # else derived from the mail (F-5)
        when = email.utils.parsedate_to_datetime(want["arrival-date"])
        want["arrival-date"] = str(int(when.timestamp()))
        got["arrival-date"] = report.get("arrival_ts")
    score.count(path, differ(want, got))


def check_other_kinds(sample, run, truth, score):
    """TLS reports and failure reports; whether the sample is one."""
    path, kind = sample["path"], sample["kind"]
    if kind not in TLS + FAILURES:
        return False
    if path in EXCUSED_FAILURE:
        score.exceptions.append(f"{path}: {EXCUSED_FAILURE[path]}")
        if run.count() or not run.verdict["reason"]:
            score.mismatches.append(f"{path}: a report, but excused")
    elif path in WITHOUT_LINE:
        if run.count() != WITHOUT_LINE[path]:
            score.mismatches.append(
                f"{path}: {run.count()} reports, should be "
                f"{WITHOUT_LINE[path]}")
    elif path not in truth[kind in TLS]:
        score.mismatches.append(f"{path}: has no line")
    elif kind in TLS:
        check_tls(path, truth[True][path], run, score)
    else:
        check_failure(path, truth[False][path], run, score)
    return True


def stage_parse(root, manifest, truth, other_truth):
    """Stage 1.  Returns what was in all samples, and the mismatches.
    other_truth: {True: of TLS reports, False: of failure reports}."""
    samples = [m for m in manifest
               if m["kind"] in REPORTS + TLS + FAILURES + OTHERS]
    score, found = Score(), {}
    runs = corpus_parse.run_all(root, samples)
    for sample, run in zip(samples, runs):
        path, kind = sample["path"], sample["kind"]
        faults = list(run.faults())
        score.mismatches += [f"{path}: {fault}" for fault in faults]
        if faults:
            continue
        if check_other_kinds(sample, run, other_truth, score):
            pass
        elif path in truth:
            check_reports(path, truth[path], run, score)
        elif kind == "other-mail" and run.count() and \
                path not in HOLD_A_REPORT:
            score.mismatches.append(f"{path}: holds no report, but one came")
        if kind in REPORTS + TLS + FAILURES:
            found[path] = run
    print(f"{len(samples)} samples, "
          f"slowest {max(r.seconds for r in runs):.2f} s, "
          f"largest {max(r.rss_kb for r in runs) >> 10} MB")
    return found, score


def content(records):
    """What records say, whatever their order and grouping."""
    sums = collections.Counter()
    for record in records:
        key = {name: value for name, value in record.items()
               if name not in ("messages", "raw", "cause")}
        for name in ("auth_dkim", "auth_spf", "overrides"):
            key[name] = sorted(map(json.dumps, key.get(name, ())))
        sums[json.dumps(key, sort_keys=True)] += record["messages"]
    return set(sums.items())


def stored(reports):
    """Of reports of one identity, in order: those that stay; the first of them
    counts."""
    kept = []
    for one in reports:
        def takes(a, b):
            whole = not a[0].get("partial"), not b[0].get("partial")
            return whole[0] if whole[0] != whole[1] else \
                content(a[1]) >= content(b[1])
        if any(takes(other, one) for other in kept):
            continue
        gone = [other for other in kept if takes(one, other)]
        first = kept and kept[0] in gone
        kept = [other for other in kept if other not in gone]
        kept.insert(0 if first else len(kept), one)
    return kept


def totals_of(found):
    """What a database must hold after all samples: each report once."""
    same = {}
    for path in sorted(found):
        for one in found[path].reports:
            same.setdefault(tuple(one[0][name] for name in (
                "reporter", "domain", "external_id", "begin_ts",
                "end_ts")), []).append(one)
    kept = [stored(reports) for reports in same.values()]
    tls = {report["content_sha256"]: policies
           for run in found.values() for report, policies in run.tls}
    records = [r for reports in kept for r in reports[0][1]]
    policies = [p for ps in tls.values() for p in ps]
    return {
        "hashes": {report["content_sha256"] for reports in kept
                   for report, _ in reports},
        "TLS reports": len(tls),
        "TLS policies": len(policies),
        "TLS sessions": sum(p["ok"] + p["failed"] for p in policies),
        "TLS failures": sum(len(p.get("failures", ())) for p in policies),
        "failure reports": len({f["content_sha256"]
                                for run in found.values()
                                for f in run.failures}),
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
        "TLS reports": "SELECT count(*) FROM tls_report",
        "TLS policies": "SELECT count(*) FROM tls_policy",
        "TLS sessions": "SELECT coalesce(sum(ok + failed), 0) FROM tls_policy",
        "TLS failures": "SELECT count(*) FROM tls_failure",
        "failure reports": "SELECT count(*) FROM failure",
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
              f"{got['records']} records, {got['messages']} messages; "
              f"{got['TLS reports']} TLS reports, "
              f"{got['TLS sessions']} sessions; "
              f"{got['failure reports']} failure reports")
    return faults


def check_quirks(found):
    """Each quirk must stand in the manual.  Returns mismatches."""
    counts = collections.Counter(
        quirk for run in found.values() for line in run.lines()
        for quirk in line.get("quirks", ()))
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
    other_truth = {
        is_tls: {row["path"]: row for row in load_tsv(corpus / name)}
        for is_tls, name in ((True, "TRUTH-tlsrpt.tsv"),
                             (False, "TRUTH-arf.tsv"))}
    with tempfile.TemporaryDirectory(prefix="ruad-corpus-") as name:
        scratch = pathlib.Path(name)
        root = unpack(corpus, scratch)
        found, score = stage_parse(root, manifest, truth, other_truth)
        mismatches = (score.mismatches + check_quirks(found) +
                      stage_import(root, found, scratch) +
                      corpus_names.measure(scratch / "ruad.db"))
    for line in score.exceptions:
        print(f"exception: {line}")
    for line in mismatches:
        print(f"MISMATCH: {line}")
    print(f"corpus: {score.matched} of {score.total} documents match, "
          f"{len(score.exceptions)} exceptions, {len(mismatches)} mismatches")
    return 1 if mismatches or score.matched != score.total else 0


if __name__ == "__main__":
    sys.exit(main())
