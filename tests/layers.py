#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Includes point down; each library is known in one place only; each program
needs only what it may; the files of a layer do not call each other in circles.
RUAD_BUILD names the build to look at.  layers.py --circles: show all circles,
those that may be too."""

import os
import re
import subprocess
import sys

import circles

SRC = os.path.join(os.environ.get('RUAD_SRC', '.'), 'src')
BUILD = os.environ.get('RUAD_BUILD')

# A layer may include itself and these.
BELOW = {'base': '', 'fetch': 'base', 'report': 'base', 'dns': 'report base',
         'parse': 'report base',
         'mail': 'report base', 'store': 'report base',
         'ingest': 'store report base',
         'conf': 'base',
         'answer': 'dns store report base',
         'show': 'answer store report base',
         'page': 'show answer store report base',
         'web': 'page show answer dns store report base',
         'daemon': 'conf ingest store mail report base',
         'ctl': 'page show answer conf ingest dns store report base'}
# What only files of this name may say.
ONLY = (
    (r'\bsqlite3|<sqlite3', r'store/'),
    (r'\bmailimap_\w+\s*\(|\bgnutls_|<gnutls|<libetpan', r'mail/'),
    (r'<ares|\bares_\w+\s*\(', r'dns/dns_client'),
    (r'<maxminddb|\bMMDB_\w+\s*\(', r'dns/geo'),
    (r'<libxml|\bxml(SAX|Parser|Ctxt|Char|Init)\w*', r'parse/aggregate'),
    (r'<archive|\barchive_(read|entry)_\w+', r'parse/unpack'),
    (r'<libconfig|\bconfig_setting_', r'conf/'),
    (r'<seccomp|\bseccomp_\w+\(', r'parse/sandbox|web/lock'),
    (r'<microhttpd|\bMHD_\w+\(', r'web/serve'),
    (r'<crypt\.h|\bcrypt_r\(', r'web/auth'),
    (r'<jansson|\bjson_(load|object|array|string|decref)\w*\s*\(',
     r'parse/tlsrpt|mail/oauth'),
    (r'<curl|\bcurl_\w+\s*\(|\bCURL', r'fetch/'),
    (r'<libpsl|\bpsl_\w+\(', r'report/align'),
    (r'<idn2|\bidn2_\w+\(', r'report/idn'),
    (r'\blog_(error|warning|info|debug)\s*\(', r'(daemon|ctl)/|base/log|'
     r'parse/main|web/'),
)
# The calls that go up, by layer, with the reason; all others go down.
UP = {
    # A message in an archive is read as the outer one is.
    'parse': {('dissect_message', 'dissect')},
}
# What each program must be linked with, and what it must not.
NEEDED = {
    'ruad': ('libetpan libgnutls libconfig libsqlite3 libnettle '
             'libjansson libpsl libidn2 libc libm',
             'libxml2 libarchive libseccomp libcurl-gnutls'),
    'ruad-parse': ('libarchive libz libxml2 libseccomp libnettle libpsl '
                   'libidn2 libjansson libc libm',
                   'libsqlite3 libgnutls libetpan libconfig libcurl-gnutls'),
    'ruad-fetch': ('libcurl-gnutls libc', 'libgnutls libsqlite3'),
    'ruad-web': ('libmicrohttpd libsqlite3 libseccomp libnettle libpsl '
                 'libidn2 libcrypt libc libm',
                 'libetpan libgnutls libxml2 libarchive libcurl-gnutls '
                 'libcares libmaxminddb libconfig libjansson'),
    # GnuTLS and libcurl would cost each command its start.
    'ruactl': ('libsqlite3 libnettle libpsl libidn2 libcares libmaxminddb '
               'libhogweed libgmp libconfig libc libm',
               'libetpan libgnutls libxml2 libarchive libseccomp '
               'libcurl-gnutls'),
}


def sources():
    for parent, _, names in os.walk(SRC):
        for name in sorted(names):
            if name.endswith(('.c', '.h')):
                path = os.path.join(parent, name)
                yield os.path.relpath(path, SRC), path


def without_comments(text):
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group())
    return re.sub(r'/\*.*?\*/', blank, text, flags=re.S)


def check_source(name, path):
    layer = name.split('/')[0]
    if layer not in BELOW:
        yield '%s: "%s" is not a layer' % (name, layer)
        return
    allowed = BELOW[layer].split() + [layer]
    with open(path, encoding='utf-8') as f:
        lines = without_comments(f.read()).split('\n')
    for number, line in enumerate(lines, 1):
        included = re.match(r'\s*#\s*include\s*"([^"/]*)(/?)', line)
        if included and not included[2]:
            yield '%s:%d: name the layer: #include "%s/..."' % (
                name, number, layer)
        elif included and included[1] not in allowed:
            yield '%s:%d: %s must not include from %s' % (
                name, number, layer, included[1])
        line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
        for pattern, where in ONLY:
            if re.search(pattern, line) and not re.match(where, name):
                yield '%s:%d: only %s may say: %s' % (
                    name, number, where, line.strip())


def check_program(program, needs, never):
    path = os.path.join(BUILD, program)
    text = subprocess.run(['readelf', '-d', path], capture_output=True,
                          text=True, check=True).stdout
    found = {lib.split('.so')[0]
             for lib in re.findall(r'\(NEEDED\).*\[([^]]+)\]', text)}
    for lib in sorted(found):
        if lib in never.split():
            yield '%s must not be linked with %s' % (program, lib)
        elif lib not in needs.split() + ['ld-linux-x86-64',
                                         'libhogweed']:
            yield '%s is linked with %s: if it may be, say so in layers.py' % (
                program, lib)


def show_circles():
    for layer, files, arrows in circles.find(SRC, BUILD):
        print('src/%s: %s' % (layer, ' '.join(files)))
        for arrow in arrows:
            print('   ', arrow)


def check_circles():
    build = BUILD if BUILD and os.path.exists(os.path.join(BUILD, 'ruad')) \
        else None
    for layer, files, _ in circles.find(SRC, build, UP):
        yield ('src/%s: %s call each other in a circle: see layers.py '
               '--circles' % (layer, ' '.join(files)))


def main():
    if sys.argv[1:] == ['--circles']:
        show_circles()
        return 0
    wrong = []
    count = 0
    for name, path in sources():
        wrong += check_source(name, path)
        count += 1
    if not count:
        wrong.append('no sources in ' + SRC)
    if BUILD and os.path.exists(os.path.join(BUILD, 'ruad')):
        for program, (needs, never) in NEEDED.items():
            if program == 'ruad-web' and not os.path.exists(
                    os.path.join(BUILD, program)):
                continue        # built where libmicrohttpd is
            wrong += check_program(program, needs, never)
    wrong += check_circles()
    for line in wrong:
        print('layers:', line)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
