# SPDX-License-Identifier: BSD-2-Clause
"""The samples of a corpus given to ruad-parse, see corpus.py."""

import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

BUILD = pathlib.Path(os.environ.get("RUAD_BUILD", "build/release"))
PARSE = BUILD / "ruad-parse"
MAX_SECONDS = 10
HANGS = 900  # one that serves has some thousand samples
MAX_RSS_KB = 192 * 1024  # the kernel counts what we used before exec, too
# ASan's shadow memory is not ours to count.
SANITIZED = BUILD.name == "asan"


class Answer:
    """What ruad-parse said of a sample, its exit status, and what it used."""

    def __init__(self, out, seconds, status=0, errors="", rss_kb=0):
        self.seconds, self.status = seconds, status
        self.errors, self.rss_kb = errors.strip(), rss_kb
        self.reports = []
        self.tls = []
        self.failures = []
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
            elif kind == "tls":
                self.tls.append((item, []))
            elif kind == "tls_policy":
                self.tls[-1][1].append(item)
            elif kind == "failure":
                self.failures.append(item)
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
        for report, policies in self.tls:
            if report["policies"] != len(policies):
                yield "the count of policies is wrong"

    def count(self):
        return len(self.reports) + len(self.tls) + len(self.failures)

    def lines(self):
        """Those that may have quirks."""
        return [r for r, _ in self.reports + self.tls] + self.failures


class Parser:
    """A ruad-parse: of one sample, or with --serve of one after the other."""

    def __init__(self, *options, stdin=subprocess.PIPE):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [PARSE, *options], stdin=stdin, stderr=self.errors,
            stdout=subprocess.PIPE)
        self.since = time.monotonic()
        self.rss_kb = 0
        self.leash = threading.Timer(HANGS, self.process.kill)
        self.leash.start()

    def end(self):
        """What it said on standard error."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.leash.cancel()
        self.process.stdout.close()
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.rss_kb = usage.ru_maxrss
        self.errors.seek(0)
        said = self.errors.read().decode("utf-8", "replace")
        self.errors.close()
        return said

    def whole(self):
        out = self.process.stdout.read()
        errors = self.end()
        return Answer(out, time.monotonic() - self.since,
                      self.process.returncode, errors, self.rss_kb)

    def ask(self, data):
        """Of the next sample."""
        start = time.monotonic()
        lines = []
        try:
            self.process.stdin.write(b"%d\n" % len(data) + data)
            self.process.stdin.flush()
            while not lines or b'"type":"verdict"' not in lines[-1]:
                lines.append(self.process.stdout.readline())
                if not lines[-1]:
                    raise BrokenPipeError
        except BrokenPipeError:
            errors = self.end()
            return Answer(b"".join(lines), time.monotonic() - start,
                          self.process.returncode, errors, self.rss_kb)
        return Answer(b"".join(lines), time.monotonic() - start)


def run_alone(path):
    with open(path, "rb") as sample:
        return Parser(stdin=sample).whole()


def run_served(paths):
    """Answers, by one ruad-parse; by another where it ended."""
    parser, answers = Parser("--serve"), []
    for path in paths:
        if parser.process.returncode is not None:
            parser = Parser("--serve")
        answers.append(parser.ask(path.read_bytes()))
    if parser.process.returncode is None:
        parser.process.stdin.close()
        errors = parser.end()
        answers[-1].errors = errors.strip()
        answers[-1].status = parser.process.returncode
        answers[-1].rss_kb = parser.rss_kb
    return answers


def run_all(root, samples):
    """An answer for each, in their order."""
    alone = [m["path"] for m in samples if m["kind"] == "hostile"]
    served = [m["path"] for m in samples if m["kind"] != "hostile"]
    n = os.cpu_count()
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        parts = [pool.submit(run_served, [root / path for path in served[i::n]])
                 for i in range(n)]
        answers = dict(zip(alone, pool.map(run_alone, (
            root / path for path in alone))))
        for i, part in enumerate(parts):
            answers.update(zip(served[i::n], part.result()))
    return [answers[m["path"]] for m in samples]
