# SPDX-License-Identifier: ISC
"""A program on a terminal of its own, in tmux: press keys, read the screen."""

import os
import subprocess
import time


class Terminal:
    def __init__(self, folder, argv, env=None):
        self.base = ["tmux", "-f", "/dev/null", "-S",
                     os.path.join(folder, "tmux.sock")]
        words = ["%s=%s" % v for v in (env or {}).items()] + argv
        subprocess.run(self.base + ["new-session", "-d", "-x", "100", "-y",
                                    "40", "env"] + words, check=True,
                       env=dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8"))
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *args):
        return subprocess.run(self.base + list(args), check=True, timeout=20,
                              capture_output=True).stdout.decode(
                                  "utf-8", "replace")

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def see(self, text, seconds=30):
        """Wait until text is on the screen; any of several, where a tuple."""
        texts = (text,) if isinstance(text, str) else text
        end = time.monotonic() + seconds
        while True:
            screen = self.screen()
            found = [t for t in texts if t in screen]
            if found:
                return found[0]
            if time.monotonic() > end:
                raise AssertionError("not seen: %r in\n%s" % (text, screen))
            time.sleep(0.05)

    def ended(self, seconds=30):
        """Wait until the program has ended."""
        end = time.monotonic() + seconds
        while self.tmux("display-message", "-p", "#{pane_dead}").strip() != "1":
            if time.monotonic() > end:
                raise AssertionError("it does not end:\n" + self.screen())
            time.sleep(0.05)

    def press(self, *keys):
        """By tmux's names: "Enter", "C-x", "Down"; others as they are."""
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def close(self):
        subprocess.run(self.base + ["kill-server"], timeout=20,
                       capture_output=True)
