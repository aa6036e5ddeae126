# SPDX-License-Identifier: ISC
"""How long a refusal takes does not tell whether the user exists.

Pairs of logins, of a user that is not there and of one that is, with a wrong
password and as slow a hash as in earnest; medians of the times are compared.
"""

import os
import random
import statistics
import threading
import time

from check_bruteforce import Guess
from maildtest import Maild, MaildTest, main

LONG = os.environ.get("LONG") == "true"
PAIRS = 2000 if LONG else 60
LIMIT = 0.02 if LONG else 0.10
THREADS = 4  # twice as many as hash: what waits, waits for both kinds


class Timing(MaildTest):
    @classmethod
    def setUpClass(cls):
        cls.maild = Maild("-o", "auth { hash_cost 5 }", "-o",
                          "plaintext yes")

    def refuse(self, user, number):
        """Seconds; from an address of its own, where nothing is known."""
        source = "127.%d.%d.%d" % (1 + number // 62500, number // 250 % 250,
                                   1 + number % 250)
        began = time.monotonic()
        guess = Guess(self.maild, source, user, "wrong%d" % number)
        self.assertEqual(guess.answer(), b"NO")
        return time.monotonic() - began

    def test_medians(self):
        todo = [(user, 2 * i + k) for i in range(PAIRS)
                for k, user in enumerate(("test", "ghost"))]
        random.shuffle(todo)
        took = {"test": [], "ghost": []}

        def work():
            while todo:
                try:
                    user, number = todo.pop()
                except IndexError:
                    return
                took[user].append(self.refuse(user, number))

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(len(took["test"] + took["ghost"]), 2 * PAIRS)
        there, gone = map(statistics.median, (took["test"], took["ghost"]))
        self.assertLess(abs(there - gone) / there, LIMIT, (there, gone))


if __name__ == "__main__":
    main()
