#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Calls that no C file may have, in code and not in comments or strings."""

import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
WORDS = ('strcpy strcat sprintf vsprintf gets strtok atoi atol atoll system '
         'popen alloca rand srand tmpnam mktemp signal').split()
# What is not code, and else a call.
PIECE = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    r'|\b(?P<call>%s)\s*\(' % '|'.join(WORDS), re.S)


def calls(text):
    """[(line, call)]"""
    return [(text.count('\n', 0, m.start()) + 1, m['call'])
            for m in PIECE.finditer(text) if m['call']]


def main():
    probe = '/* gets( */ "gets(" // gets(\n x = gets (f); fgets(f); \'"\' gets('
    assert calls(probe) == [(2, 'gets'), (2, 'gets')]
    bad = 0
    for top in 'src', 'tests':
        for where, _, names in os.walk(os.path.join(ROOT, top)):
            for name in sorted(names):
                if not name.endswith(('.c', '.h')):
                    continue
                path = os.path.join(where, name)
                with open(path, encoding='utf-8') as f:
                    for line, call in calls(f.read()):
                        print('%s:%d: %s() is not used here' % (
                            os.path.relpath(path, ROOT), line, call))
                        bad = 1
    return bad


sys.exit(main())
