"""Which words of a line vary from one line to the next, as far as a word alone can tell."""

from __future__ import annotations

WILD = "<*>"
STATUS = "HTTP:"  # before a status that is no value: 502 and 200 are different lines
MOST_WORDS = 50_000
_OPENING = "([{<'\"`"
_CLOSING = ",.;:!?)]}>'\"`|"
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_LONG_HEX = 16
# Words with a digit in them that name a thing and never a value.
_NAMES = frozenset(
    {
        *(
            "utf8",
            "utf-8",
            "ipv4",
            "ipv6",
            "http2",
            "http/1.0",
            "http/1.1",
            "http/2",
            "http/2.0",
            "http/3",
            "s3",
            "ec2",
        ),
        *("k8s", "sha1", "sha256", "sha512", "md5", "base64", "oauth2", "x509", "iso8601", "h2", "l4", "l7", "p50"),
        *("p90", "p95", "p99", "gzip2", "log4j", "oauth2.0", "v1", "v2", "v3"),
    }
)


class Words(dict[str, str]):
    """Words seen, each with what stands for it in a template; empties itself where a log never repeats a word."""

    def __missing__(self, word: str) -> str:
        """Mask a word that was not seen yet."""
        if len(self) >= MOST_WORDS:
            self.clear()
        self[word] = found = masked(word)
        return found


def masked(word: str) -> str:
    """Return `word` with its variable part replaced: numbers, ids, addresses, and the value of `name=value`."""
    if word.isdigit() or word.replace(".", "", 1).isdigit():
        return WILD
    if word.isalpha():
        return word
    body = word.strip(_OPENING).rstrip(_CLOSING) if word[0] in _OPENING or word[-1] in _CLOSING else word
    if not body:
        return word
    name, equals, value = body.partition("=")
    if equals and value and _is_name(name):
        return word.replace(body, f"{name}={WILD}", 1)
    if _DIGITS.isdisjoint(body):
        return word.replace(body, WILD, 1) if _is_value(body) else word
    if body.lower() in _NAMES:
        return word
    if word.startswith(STATUS):
        return word
    name, colon, _ = body.partition(":")
    if colon and _is_name(name) and _DIGITS.isdisjoint(name):
        return word.replace(body, f"{name}:{WILD}", 1)
    return word.replace(body, WILD, 1)


def masked_line(line: str, words: Words) -> tuple[str, ...]:
    """Return the words of `line` with what varies masked, quoted text as one word."""
    text = line
    if '"' in text:
        text = unquoted(text)
    if "'" in text:
        text = unquoted_single(text)
    return tuple([word if word.isalpha() else words[word] for word in text.split()])


def unquoted(line: str) -> str:
    """Return `line` with everything between double quotes replaced by one digit, which is masked like any other."""
    return '"0"'.join(line.split('"')[::2])


def unquoted_single(line: str) -> str:
    """Return `line` with texts between single quotes replaced; an apostrophe inside a word quotes nothing."""
    pieces: list[str] = []
    at = 0
    while (start := line.find("'", at)) >= 0:
        end = line.find("'", start + 1)
        opens = start == 0 or not line[start - 1].isalnum()
        while end > 0 and opens and end + 1 < len(line) and line[end + 1].isalnum():
            end = line.find("'", end + 1)
        if not opens or end < 0:
            pieces.append(line[at : start + 1])
            at = start + 1
        else:
            pieces.append(line[at:start] + "'0'")
            at = end + 1
    return "".join(pieces) + line[at:]


def _is_name(text: str) -> bool:
    return bool(text) and text[0].isalpha() and text.replace("_", "").replace("-", "").replace(".", "").isalnum()


def _is_value(text: str) -> bool:
    if "://" in text or ("@" in text and "." in text):
        return True
    return len(text) >= _LONG_HEX and _HEX.issuperset(text)
