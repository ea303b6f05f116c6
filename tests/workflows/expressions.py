"""Expressions of workflows, as far as this project's workflows use them.

https://docs.github.com/actions/reference/evaluate-expressions-in-workflows-and-actions
What is not known here is an error, so that no workflow is believed to work that nobody has read.
"""

import re

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>&&|\|\||==|!=|[!().,]))"
)
_WITHIN = re.compile(r"\$\{\{((?:'(?:[^']|'')*'|[^'])*?)\}\}", re.DOTALL)
_STATES = ("success", "failure", "cancelled", "always")
_WORDS = {"true": True, "false": False, "null": None}


def evaluated(text, contexts, states=None):
    """The value of an expression. `states`: what `success()` and its like answer."""
    return _Reader(text, contexts, states or {}).whole()


def filled(value, contexts):
    """A value of a workflow file with every `${{ }}` in it put in; other types as they are."""
    if not isinstance(value, str):
        return value
    single = _WITHIN.fullmatch(value.strip())
    if single and single[0].count("${{") == 1:
        return evaluated(single[1], contexts)
    return _WITHIN.sub(lambda match: as_text(evaluated(match[1], contexts)), value)


def holds(condition, contexts, states):
    """Whether an `if` holds. One that asks for no state holds only after success."""
    if condition is None:
        return states["success"]
    text = str(condition).strip()
    match = _WITHIN.fullmatch(text)
    text = match[1] if match else text
    asks = re.search(rf"\b({'|'.join(_STATES)})\(", text)
    return bool(truth(evaluated(text, contexts, states)) and (asks or states["success"]))


def truth(value):
    return value not in (None, False, "", 0)


def as_text(value):
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Reader:
    def __init__(self, text, contexts, states):
        self.contexts, self.states = contexts, states
        self.tokens, place, text = [], 0, text.strip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if not match:
                raise ValueError(f"cannot read {text!r} at {text[place:]!r}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()

    def whole(self):
        value = self.either()
        if self.tokens:
            raise ValueError(f"left over: {self.tokens}")
        return value

    def next_is(self, *signs):
        return bool(self.tokens) and self.tokens[0] in [("sign", sign) for sign in signs]

    def take(self, sign):
        if not self.next_is(sign):
            raise ValueError(f"expected {sign!r}, found {self.tokens[:1]}")
        self.tokens.pop(0)

    def either(self):
        value = self.both()
        while self.next_is("||"):
            self.take("||")
            other = self.both()
            value = value if truth(value) else other
        return value

    def both(self):
        value = self.equal()
        while self.next_is("&&"):
            self.take("&&")
            other = self.equal()
            value = other if truth(value) else value
        return value

    def equal(self):
        value = self.single()
        while self.next_is("==", "!="):
            sign = self.tokens.pop(0)[1]
            other = self.single()
            same = as_text(value).lower() == as_text(other).lower()
            value = same if sign == "==" else not same
        return value

    def single(self):
        if self.next_is("!"):
            self.take("!")
            return not truth(self.single())
        if self.next_is("("):
            self.take("(")
            value = self.either()
            self.take(")")
            return value
        kind, text = self.tokens.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        if kind != "name":
            raise ValueError(f"unexpected {text!r}")
        return self.call(text) if self.next_is("(") else self.path(text)

    def call(self, name):
        self.take("(")
        arguments = []
        while not self.next_is(")"):
            arguments.append(self.either())
            if self.next_is(","):
                self.take(",")
        self.take(")")
        if name in _STATES:
            return True if name == "always" else self.states[name]
        if name == "format":
            return arguments[0].format(*(as_text(each) for each in arguments[1:]))
        raise ValueError(f"unknown function {name}")

    def path(self, name):
        if name in _WORDS:
            return _WORDS[name]
        if name not in self.contexts:
            raise ValueError(f"unknown context {name}")
        value = self.contexts[name]
        while self.next_is("."):
            self.take(".")
            key = self.tokens.pop(0)[1]
            value = value.get(key) if isinstance(value, dict) else None
        return value
