# SPDX-License-Identifier: BSD-2-Clause
"""Takes an HTML report apart: its sections with their sentences and tables;
and says what must hold of every one."""

import base64
import hashlib
import os
import re
import sys
from collections import Counter
from html.parser import HTMLParser

from ctl import Ctl
from test_ruactl import UNSAFE

sys.path.append(os.path.join(os.path.dirname(__file__), '../bench'))
import year                             # noqa: E402,F401


PANELS = {
    'verdict': 'Verdict', 'compliance': 'Compliance over time',
    'classes': 'Kinds of mail',
    'sources': 'Sources', 'new': 'New this week', 'causes': 'Causes',
    'readiness': 'Readiness for p=reject',
    'dispositions': 'Dispositions and overrides', 'keys': 'DKIM keys',
    'reporters': 'Reporters', 'subdomains': 'Subdomains',
    'policy': 'Published policy and changes', 'tls': 'TLS over time',
    'failures': 'Failure samples', 'health': 'Collection health'}
ANCHORS = {None, 'start', 'middle', 'end'}
VOID = {'meta', 'br', 'wbr'}
EMPTY = {'rect', 'line', 'path'}


class Section:
    def __init__(self):
        self.title, self.lead = '', ''
        self.notes = []         # sentences but the first, and what is more
        self.heads = []         # of third and fourth order
        self.tables = {}        # caption: [{head: cell}]
        self.counts = []        # of the causes
        self.behind = []        # (row, what can be opened below it)

    @property
    def table(self):
        return next(iter(self.tables.values()), [])


class Behind:
    """What is behind the row of a sender."""

    def __init__(self):
        self.summary, self.link = '', None  # link: it is elsewhere
        self.prose, self.commands = [], []
        self.addresses = []     # [{head: cell}]


class Page(HTMLParser):
    """Fails on tags that do not match; elements has every start tag."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.elements, self.sections = [], [], {}
        self.section, self.text, self.title = Section(), None, None
        self.empty = ''         # the sentence of a page without reports
        self.banner = []        # the lines before any panel
        self.table = self.head = self.row = self.hides = self.behind = None
        self.outer = []         # tables around the one at hand
        self.feed(text)
        self.close()
        assert not self.stack, self.stack

    def handle_startendtag(self, tag, attrs):
        assert tag in EMPTY, tag
        self.elements.append((tag, dict(attrs)))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert len(attributes) == len(attrs), attrs
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.stack.append((tag, attributes.get('class')))
        if tag == 'table':
            self.outer.append((self.table, self.head, self.row,
                               self.hides))
            assert len(self.outer) <= (2 if self.behind else 1)
        if tag == 'section':
            self.section = self.sections[attributes['id']] = Section()
        if tag == 'tr' and attributes.get('class') == 'behind':
            self.behind = Behind()
            self.section.behind.append((self.table[-1], self.behind))
        if tag == 'a' and self.behind:
            self.behind.link = attributes['href']
        if tag in ('caption', 'th', 'td', 'h1', 'h2', 'h3', 'h4', 'p',
                   'summary') or (tag == 'a' and self.behind) or (
                tag == 'li' and ('aside', 'banner') in self.stack):
            self.text = ''
        if tag == 'span' and self.text:
            self.text += '\n'           # notes are lines of their own
        if tag == 'tr':
            self.row, self.shown = [], []

    @property
    def is_behind(self):
        """Whether what ends is the cell behind a row, not in a table there."""
        return self.behind and len(self.outer) == 1

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        opened, kind = self.stack.pop()
        assert opened == tag, (opened, tag, self.getpos())
        text, section = (self.text or '').strip(), self.section
        if tag == 'h1':
            self.title = text
        elif tag == 'h2':
            section.title = text
        elif tag in ('h3', 'h4'):
            section.heads.append(text)
        elif tag == 'table':
            self.table, self.head, self.row, self.hides = self.outer.pop()
        elif tag in ('summary', 'a') and self.behind:
            self.behind.summary = text
        elif tag == 'p' and self.behind:
            (self.behind.commands if kind == 'more' else
             self.behind.prose).append(text)
        elif tag == 'tr' and self.is_behind:
            self.behind = None
        elif self.is_behind and tag in ('th', 'td'):
            pass
        elif tag == 'caption':
            self.table = []
            if self.behind:
                self.behind.addresses = self.table
            else:
                section.tables[text] = self.table
            self.head = None
        elif tag in ('th', 'td'):
            self.row.append(text.split('\n')[0])
            self.shown.append({'w', 'm'} & set((kind or '').split()))
        elif tag == 'tr' and self.head is None:
            self.head, self.hides = self.row, self.shown
        elif tag == 'tr':
            assert len(self.row) == len(self.head), (self.head, self.row)
            assert self.shown == self.hides, self.head
            self.table.append(dict(zip(self.head, self.row)))
        elif tag == 'li' and ('aside', 'banner') in self.stack:
            assert not self.sections
            self.banner.append(text)
        elif tag == 'p' and kind == 'lead':
            section.lead = text
        elif tag == 'p' and kind == 'lead empty':
            assert not self.empty and not self.sections
            self.empty = text
        elif tag == 'p':
            (section.counts if kind == 'count' else section.notes).append(text)


def number(text):
    return int(text.replace(',', ''))


class Asked(Ctl):
    """Asks for pages."""

    def page(self, *args):
        self('report', '-o', 'report.html', *args)
        self.html = (self.directory / 'report.html').read_text()
        return Page(self.html)


def check_form(page, text, only=None):
    """What must hold of every page.  One without aggregate reports has a
    sentence in place of the panels but those of only."""
    assert list(page.sections) == list(PANELS if only is None else only)
    assert [one.title for one in page.sections.values()] == [
        PANELS[name] for name in page.sections]
    assert ('nav' in dict(page.elements)) == (only is None)
    assert bool(page.empty) == (only is not None)
    assert all(one.lead for one in page.sections.values())
    tags = Counter(tag for tag, _ in page.elements)
    assert tags['style'] == tags['h1'] == tags['main'] == 1
    assert not {'script', 'link', 'img', 'iframe', 'object', 'embed', 'form',
                'base', 'image', 'use', 'foreignobject', 'input',
                'animate', 'set'} & set(tags)
    ids = [a['id'] for _, a in page.elements if 'id' in a]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        assert not any(name.startswith('on') or name in (
            'style', 'src', 'srcset', 'action', 'xlink:href', 'ping')
            for name in attributes), (tag, attributes)
        for name in attributes.get('aria-labelledby', '').split():
            assert name in ids
        if 'href' in attributes:
            assert attributes['href'][0] == '#'
            assert attributes['href'][1:] in ids
        if tag == 'th':
            assert attributes['scope'] in ('row', 'col')
        assert attributes.get('text-anchor') in ANCHORS
    style = re.search('<style>(.*?)</style>', text, re.S).group(1)
    sha = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert [a['content'] for tag, a in page.elements
            if a.get('http-equiv') == 'Content-Security-Policy'] == [
        "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
        "form-action 'none'" % sha]
    assert 'url(' not in style and '@import' not in style
    assert dict(page.elements[0][1]) == {'lang': 'en'}
    assert not UNSAFE.search(text.replace('\n', '').replace('\t', ''))
    assert not re.search('%[sdlf]|\\(null\\)|nan|-nan|inf%', text)
    assert '://' not in text.replace(style, '')
