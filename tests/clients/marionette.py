# SPDX-License-Identifier: ISC
"""A headless Thunderbird that tests steer, by Marionette."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PREFS = """
user_pref("marionette.port", %d);
user_pref("remote.active-protocols", 1);
user_pref("app.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.spotlight.firstRunDone", true);
user_pref("mail.winsearch.firstRunDone", true);
user_pref("mailnews.start_page_override.mstone", "ignore");
user_pref("mail.rights.version", 1);
user_pref("mail.shell.checkDefaultClient", false);
user_pref("mailnews.auto_config.guess.enabled", false);
user_pref("mail.SpellCheckBeforeSend", false);
user_pref("mail.identity.default.compose_html", false);
user_pref("mailnews.start_page.enabled", false);
"""

# What every script may use.
PRELUDE = """
const {MailServices} = ChromeUtils.importESModule(
	"resource:///modules/MailServices.sys.mjs");
const done = arguments[arguments.length - 1];
const args = arguments;
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const until = async (what, probe, ms = 20000) => {
	const end = Date.now() + ms;
	for (;;) {
		const got = await probe();
		if (got) return got;
		if (Date.now() > end) throw new Error("not in time: " + what);
		await sleep(50);
	}
};
const account = () => MailServices.accounts.accounts.find(
	(a) => a.incomingServer.type == "imap");
const root = () => account().incomingServer.rootFolder;
const special = (flag) => root().getFolderWithFlags(Ci.nsMsgFolderFlags[flag]);
const named = (name) => root().descendants.find((f) => f.name == name);
const bySubject = (folder, subject) => [...folder.messages].find(
	(h) => h.mime2DecodedSubject == subject);
const copied = (start) => new Promise((resolve, reject) => start({
	onStartCopy() {}, onProgress() {}, setMessageKey() {},
	getMessageId() { return null; },
	onStopCopy(status) {
		Components.isSuccessCode(status) ? resolve() : reject(
			new Error("copy failed: " + status));
	},
	QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
}));
"""


class Thunderbird:
    def __init__(self, ca):
        self.home = tempfile.mkdtemp(prefix="thunderbird-")
        profile = os.path.join(self.home, "profile")
        os.mkdir(profile)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        with open(os.path.join(profile, "user.js"), "w") as f:
            f.write(PREFS % self.port)
        for args in (["-N", "--empty-password"],
                     ["-A", "-n", "test", "-t", "C,,", "-i", ca]):
            subprocess.run(["certutil", args[0], "-d", "sql:" + profile] +
                           args[1:], check=True)
        self.log = open(os.path.join(self.home, "log"), "wb")
        self.process = subprocess.Popen(
            ["thunderbird", "--marionette", "--remote-allow-system-access",
             "--profile", profile],
            env=dict(os.environ, MOZ_HEADLESS="1", HOME=self.home),
            stdout=self.log, stderr=self.log, start_new_session=True)
        self.n = 0
        self.connect(120)
        self.call("WebDriver:NewSession", {})
        self.call("Marionette:SetContext", {"value": "chrome"})
        self.call("WebDriver:SetTimeouts", {"script": 90000})

    def connect(self, seconds):
        end = time.monotonic() + seconds
        while True:
            try:
                self.sock = socket.create_connection(("127.0.0.1", self.port), 120)
                break
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.2)
        self.file = self.sock.makefile("rb")
        self.packet()

    def packet(self):
        size = b""
        while not size.endswith(b":"):
            c = self.file.read(1)
            if not c:
                raise EOFError("Thunderbird has gone")
            size += c
        return json.loads(self.file.read(int(size[:-1])))

    def call(self, name, params):
        self.n += 1
        data = json.dumps([0, self.n, name, params]).encode()
        self.sock.sendall(b"%d:%s" % (len(data), data))
        _, n, error, result = self.packet()
        assert n == self.n
        if error:
            raise AssertionError("%s: %s" % (name, error))
        return result

    def run(self, script, *args):
        """script is the body of an async function; what it returns is given."""
        body = PRELUDE + """
(async () => { %s })().then((v) => done({ value: v === undefined ? null : v }),
	(e) => done({ error: String(e) + "\\n" + e.stack }));
""" % script
        got = self.call("WebDriver:ExecuteAsyncScript", {
            "script": body, "args": list(args), "sandbox": "system",
            "newSandbox": True})["value"]
        if "error" in got:
            raise AssertionError(got["error"])
        return got["value"]

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.file.close()
        self.sock.close()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)
