"""A headless Chromium to look at a page with, by the DevTools protocol over a pipe.

Used by `page_speed.py` and by the tests of pages. Needs the browser, and nothing else.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")

# Chromium reads commands from file 3 and writes to file 4.
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find():
    """Where Chromium is; None if it is not there."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One browser with one tab, for a `with` block.

    Attributes:
        events: what the browser told of its own accord, as `(method, params)`.
    """

    def __init__(self, timeout=60):
        self.timeout = timeout
        self.events = []
        self._count = 0
        self._read = b""

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Starts the browser.

        Raises:
            RuntimeError, TimeoutError: it does not start.
        """
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        pipes = [*os.pipe(), *os.pipe()]
        # Out of the way of 3 and 4, which they are copied to.
        high = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 16) for file in pipes]
        for file in pipes:
            os.close(file)
        theirs_in, self._out, self._in, theirs_out = high
        command = [find(), "--headless=new", "--remote-debugging-pipe", "--no-first-run"]
        command += ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
        command += [f"--user-data-dir={self._folder.name}"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")
        launch = [sys.executable, "-c", LAUNCH, str(theirs_in), str(theirs_out)]
        self._process = subprocess.Popen(
            [*launch, *command, "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._session = None
        try:
            target = self.command("Target.createTarget", url="about:blank")["targetId"]
            attached = self.command("Target.attachToTarget", targetId=target, flatten=True)
            self._session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.command(f"{domain}.enable")
        except Exception:
            self.stop()
            raise
        return self

    def stop(self):
        """Ends the browser."""
        self._process.terminate()
        self._process.wait(self.timeout)
        os.close(self._in)
        os.close(self._out)
        self._folder.cleanup()

    def command(self, method, **params):
        """Sends one command and waits for its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            answer = self._message()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append((answer.get("method"), answer.get("params", {})))

    def open(self, path):
        """Opens a file and waits until it is loaded."""
        self.events.clear()
        self.command("Page.navigate", url=Path(path).resolve().as_uri())
        until = time.monotonic() + self.timeout
        while not self.evaluate("document.readyState === 'complete'"):
            if time.monotonic() > until:
                raise TimeoutError(f"{path} was not loaded in {self.timeout} s")
            time.sleep(0.02)

    def evaluate(self, expression):
        """The value of a JavaScript expression, awaited if it is a promise."""
        done = self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in done:
            raise RuntimeError(json.dumps(done["exceptionDetails"])[:2000])
        return done["result"].get("value")

    def look(self, width=1280, height=900, dark=False, phone=False):
        """Sets the size of the window, and light or dark."""
        scale = 2 if phone else 1
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, path):
        """Saves the whole page as a PNG."""
        shot = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def _message(self):
        while b"\0" not in self._read:
            if not select.select([self._in], [], [], self.timeout)[0]:
                raise TimeoutError(f"Chromium said nothing for {self.timeout} s")
            more = os.read(self._in, 1 << 20)
            if not more:
                raise RuntimeError("Chromium ended")
            self._read += more
        message, self._read = self._read.split(b"\0", 1)
        return json.loads(message)
