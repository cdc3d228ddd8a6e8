#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every file that docs/HACKING and README name exists.  NAME and DIR in capitals
stand for any; "mail/guard" is one of src."""

import glob
import os
import re
import sys

ROOT = os.environ.get('RUAD_SRC', '.')
ROOMS = 'src tests docs etc systemd'.split()
LAYERS = sorted(os.listdir(os.path.join(ROOT, 'src')))


def all_names():
    return {name for room in ROOMS
            for _, _, names in os.walk(os.path.join(ROOT, room))
            for name in names}


def missing(text, names):
    for word in re.findall(r'[\w./*-]*[\w*]', text):
        path = re.sub('NAME|DIR', '*', word.strip('.'))
        first = path.split('/')[0]
        if '/' in path and first in ROOMS:
            where = path
        elif '/' in path and first in LAYERS:
            where = 'src/' + path + ('' if '.' in path else '.[ch]')
        elif re.fullmatch(r'[\w-]*[a-z][\w-]*\.(c|h|py|sh|sql|css|[1578])', path):
            if path not in names:
                yield word
            continue
        else:
            continue
        if not glob.glob(os.path.join(ROOT, where)):
            yield word


def main():
    names = all_names()
    wrong = 0
    for page in ('docs/HACKING', 'README'):
        with open(os.path.join(ROOT, page), encoding='utf-8') as f:
            for number, line in enumerate(f, 1):
                for word in missing(line, names):
                    print('%s:%d: there is no %s' % (page, number, word))
                    wrong = 1
    return wrong


if __name__ == '__main__':
    sys.exit(main())
