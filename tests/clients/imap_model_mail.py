# SPDX-License-Identifier: ISC
"""Random messages whose searchable text is known, and words to find in it."""

import base64
import datetime
import functools
import quopri
import random
import re

from imap_model import Mail

WORDS = ["apple", "Banana", "cherry", "Rhubarb", "maple syrup", "x", "ab",
         "abab", "Größe", "straße", "École", "ŽLUŤOUČKÝ", "жук", "Σίσυφος",
         "日本", "ﬁne"]
SHORT = ["apple", "Größe", "жук", "[fwd: apple]", "x", ""]
PEOPLE = ["ann@example.org", "bob@example.com", "Carol <carol@example.net>",
          "\"Dan, the man\" <dan@example.org>"]
CHARSETS = ["utf-8", "iso-8859-1", "windows-1251", "iso-2022-jp"]
# What replies, forwards and lists put around a subject.
BEFORE = ["", "", "", "Re: ", "RE:Re: ", "Fwd: ", "[list] ", "Re: [list] ",
          "[a][b] fw[2]: "]
BEHIND = ["", "", "", " (fwd)", "(FWD) (fwd)"]
MAILS = 200


def charset_for(r, text):
    for charset in r.sample(CHARSETS, 4):
        try:
            text.encode(charset)
            return charset
        except UnicodeEncodeError:
            pass
    return "utf-8"


def encoded_word(r, text):
    """RFC 2047; ASCII now and then stays as it is."""
    if text.isascii() and r.random() < 0.7:
        return text
    charset = charset_for(r, text)
    data = text.encode(charset)
    word = "=?%s?Q?%s?=" % (charset.upper(), "".join(
        chr(b) if chr(b).isalnum() and b < 128 else "=%02X" % b for b in data))
    if len(word) <= 75 and r.random() < 0.5:
        return word
    return "=?%s?B?%s?=" % (charset, base64.b64encode(data).decode())


def encoded_body(r, text):
    """(header lines, bytes) of a text part."""
    charset = charset_for(r, text)
    data = text.encode(charset)
    how = r.choice(["8bit", "base64", "quoted-printable"])
    if how == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif how == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(
            b"\n", b"\r\n")
    return ("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=%s\r\n"
            "Content-Transfer-Encoding: %s\r\n" % (charset, how)), data


def words(r, most):
    return " ".join(r.choice(WORDS) for _ in range(r.randint(0, most)))


def day(r):
    return datetime.date(2024, 1, 1) + datetime.timedelta(r.randint(0, 9))


@functools.lru_cache(None)
def mail(n):
    """Message n, always the same one."""
    r = random.Random(n)
    fields = {"SUBJECT": words(r, 2), "FROM": r.choice(PEOPLE),
              "TO": r.choice(PEOPLE)}
    if r.random() < 0.5:
        fields["SUBJECT"] = (r.choice(BEFORE) + r.choice(SHORT) +
                             r.choice(BEHIND))
    if r.random() < 0.3:
        fields["CC"] = r.choice(PEOPLE)
    body = words(r, 6) + "\r\n" + words(r, 6) + "\r\n" * (1 + (n % 3))
    sent, received = day(r), day(r)
    clock = "%02d:%02d:%02d" % (r.randint(0, 23), r.randint(0, 59), n % 60)
    zone = r.choice(["+0000", "-0700", "+1300"])
    content, data = encoded_body(r, body)
    head = "Date: %s %s %s\r\n" % (sent.strftime("%a, %d %b %Y"), clock, zone)
    shown = head
    for name, value in fields.items():
        line = name.title() + ": %s\r\n"
        shown += line % value
        head += line % (encoded_word(r, value) if name == "SUBJECT" else value)
    refs = ["<%d@example.org>" % r.randrange(MAILS * 5 // 4)
            for _ in range(r.choice([0, 0, 1, 2, 3]))]
    rest = ""
    if len(refs) == 1 and r.random() < 0.5:
        rest = "In-Reply-To: your mail %s\r\n" % refs[0]
    elif refs:
        rest = "References: %s\r\n" % " ".join(refs)
    rest += "Message-ID: <%d@example.org>\r\n" % n + content + "\r\n"
    fields["HEADER"] = shown + rest
    m = Mail((head + rest).encode() + data, fields, body, sent,
             "%2d-%s %s %s" % (received.day, received.strftime("%b-%Y"),
                               clock, zone))
    m.subject, m.id, m.references = fields["SUBJECT"], "<%d@example.org>" % n, \
        refs
    m.first = {k: re.search(r"([^<\s]+)@", fields[k]).group(1)
               for k in ("FROM", "TO", "CC") if k in fields}
    # RFC 5957 section 3: a name, or the address of who has none.
    m.display = {k: re.sub(r" <.*|\"", "", fields[k]) for k in ("FROM", "TO")}
    at = datetime.time.fromisoformat(clock + "%s:%s" % (zone[:3], zone[3:]))
    m.sent_at = datetime.datetime.combine(sent, at)
    m.arrived = datetime.datetime.combine(received, at)
    return m


def needle(r):
    """A piece of a word, in a case of its own."""
    word = r.choice(WORDS)
    at = r.randint(0, len(word) - 1)
    word = word[at:at + r.randint(1, 4)]
    return r.choice([word, word.upper(), word.lower()])
