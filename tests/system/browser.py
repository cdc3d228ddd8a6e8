# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, driven through its pipe: what it shows of a page, what
it complains about, and what it wanted from elsewhere."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from dovecot import tied
from patience import PATIENCE

PROGRAM = '/usr/bin/chromium'


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix='ruad-chromium-')
        to_read, self.output = os.pipe()
        self.input, to_write = os.pipe()

        def use_pipes():
            # Both may be in the way of one another.
            a, b = os.dup(to_read), os.dup(to_write)
            for fd, number in (a, 103), (b, 104):
                os.dup2(fd, number)
            os.dup2(103, 3)
            os.dup2(104, 4)
        self.process = subprocess.Popen(
            **tied([PROGRAM, '--headless', '--no-sandbox', '--disable-gpu',
                    '--disable-dev-shm-usage', '--hide-scrollbars',
                    '--remote-debugging-pipe',
                    '--user-data-dir=' + self.profile, 'about:blank']),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=use_pipes, close_fds=False)
        os.close(to_read)
        os.close(to_write)
        self.number, self.rest, self.events = 0, b'', []
        target = self.call('Target.createTarget', url='about:blank')
        self.session = self.call(
            'Target.attachToTarget', flatten=True,
            targetId=target['targetId'])['sessionId']
        for domain in 'Page', 'Runtime', 'Log', 'Network':
            self.page(domain + '.enable')

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.input)
        os.close(self.output)
        shutil.rmtree(self.profile, ignore_errors=True)

    def read(self, deadline):
        """The next message."""
        while b'\0' not in self.rest:
            ready, _, _ = select.select(
                [self.input], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self.input, 1 << 20) if ready else b''
            if not data:
                raise RuntimeError('chromium does not answer')
            self.rest += data
        message, _, self.rest = self.rest.partition(b'\0')
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': params}
        if session:
            message['sessionId'] = session
        os.write(self.output, json.dumps(message).encode() + b'\0')
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.read(deadline)
            if answer.get('id') == self.number:
                assert 'error' not in answer, (method, answer)
                return answer['result']
            self.events.append(answer)

    def page(self, method, **params):
        return self.call(method, self.session, **params)

    def open(self, path):
        """Load a file; everything that was said and asked for meanwhile."""
        return self.go('file://' + str(path))

    def go(self, url):
        self.events = []
        self.page('Page.navigate', url=url)
        return self.loaded()

    def loaded(self):
        """Wait for the page that is under way."""
        deadline = time.monotonic() + PATIENCE
        while not any(
                event.get('method') == 'Page.loadEventFired' or
                # As it was left: it is not loaded again.
                event.get('params', {}).get('type') ==
                'BackForwardCacheRestore' for event in self.events):
            self.events.append(self.read(deadline))
        self.evaluate('1')      # whatever was on its way has come
        return self.events

    def complaints(self):
        return [event for event in self.events if event.get('method') in (
            'Log.entryAdded', 'Runtime.exceptionThrown',
            'Runtime.consoleAPICalled')]

    def requests(self):
        return [event['params']['request']['url'] for event in self.events
                if event.get('method') == 'Network.requestWillBeSent']

    def evaluate(self, script, **how):
        """Runs in the page whatever its policy says: it is the debugger's."""
        answer = self.page('Runtime.evaluate', expression=script,
                           returnByValue=True, **how)
        assert 'exceptionDetails' not in answer, answer
        return answer['result'].get('value')

    def look(self, width, dark=False, media=''):
        """Show the page so wide."""
        self.page('Emulation.setDeviceMetricsOverride', width=width,
                  height=900, deviceScaleFactor=1, mobile=False)
        self.page('Emulation.setEmulatedMedia', media=media, features=[
            {'name': 'prefers-color-scheme',
             'value': 'dark' if dark else 'light'}])

    def height(self):
        return self.evaluate('document.documentElement.scrollHeight')

    def screenshot(self, path, top=0, height=None):
        """A part of the page from the top, which may be off the window."""
        width = self.evaluate('window.innerWidth')
        shot = self.page(
            'Page.captureScreenshot', captureBeyondViewport=True, clip={
                'x': 0, 'y': top, 'width': width, 'scale': 1,
                'height': height or self.height() - top})
        with open(path, 'wb') as f:
            f.write(base64.b64decode(shot['data']))

    def pdf(self, path):
        shot = self.page('Page.printToPDF', printBackground=True,
                         preferCSSPageSize=True)
        with open(path, 'wb') as f:
            f.write(base64.b64decode(shot['data']))
