# SPDX-License-Identifier: ISC
"""The property test sees each of the bugs in imap_mutants.py.

A copy of the sources is built with one bug after the other; the random
commands must find it, and must find nothing without it.  Of the --long tier.
"""

import os
import shutil
import subprocess
import tempfile
import unittest

import check_model
from imap_mutants import MUTANTS
from maildtest import TOP, main

COMMANDS = 100000


class Places(unittest.TestCase):
    """Where the bugs go is still there, once."""

    def test_each_has_its_place(self):
        for what, name, old, _ in MUTANTS:
            with self.subTest(what), open(os.path.join(TOP, name)) as f:
                self.assertEqual(f.read().count(old), 1, old)


@unittest.skipUnless(os.environ.get("LONG") == "true", "takes minutes")
class Mutants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="maild-mutants-")
        cls.addClassCleanup(shutil.rmtree, cls.top, True)
        copy = os.path.join(cls.top, "src")
        shutil.copytree(TOP, copy, ignore=shutil.ignore_patterns(
            "build", ".git", "*.o", "node_modules"))
        cls.src = copy
        cls.build = os.path.join(cls.top, "build")
        os.mkdir(cls.build)
        compiler = "ccache gcc" if shutil.which("ccache") else "gcc"
        cls.call([os.path.join(copy, "configure"), "-q", "CC=" + compiler,
                  "CFLAGS=-O1"])
        cls.make()

    @classmethod
    def call(cls, argv):
        r = subprocess.run(argv, cwd=cls.build, capture_output=True)
        if r.returncode:
            raise AssertionError(r.stderr.decode()[-4000:])

    @classmethod
    def make(cls):
        cls.call(["make", "-s", "-j%d" % os.cpu_count(), "maild/maild"])

    def found(self):
        """What the property test says of the build."""
        folder, maild = check_model.start(
            os.path.join(self.build, "maild", "maild"))
        try:
            return check_model.run(check_model.Place(maild), check_model.SEED,
                                   COMMANDS, os.cpu_count(), cut=False)
        finally:
            maild.kill()
            shutil.rmtree(folder, True)

    def test_each_is_found(self):
        self.assertGreaterEqual(len(MUTANTS), 10)
        for what, name, old, new in MUTANTS:
            with self.subTest(what):
                path = os.path.join(self.src, name)
                with open(path) as f:
                    text = f.read()
                with open(path, "w") as f:
                    f.write(text.replace(old, new))
                try:
                    self.make()
                    done, failed = self.found()
                finally:
                    with open(path, "w") as f:
                        f.write(text)
                self.assertTrue(failed, "not found in %d commands" % done)
                print("%s: found in %d commands: %s" % (
                    what, done, failed[0].split("\n")[0]))
        self.make()

    def test_nothing_is_found_without(self):
        self.assertEqual(self.found()[1], [])


if __name__ == "__main__":
    main()
