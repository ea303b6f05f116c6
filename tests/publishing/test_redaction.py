"""No secret survives in any output: known ones in every disguise, tokens by their shape."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secstatus.package_data import DataFileError, parse_data
from secstatus.text.redaction import (
    HIDDEN,
    Redactor,
    list_secrets,
    load_secrets,
    mask_line,
    parse_secret_patterns,
    redact,
)

# Any character that a variable of the environment can hold, but for line ends.
CANARY = st.text(
    st.characters(exclude_characters="\n\r\0*", exclude_categories=("Cs", "Zl", "Zp", "Cc", "Zs")),
    min_size=8,
    max_size=60,
)
AROUND = st.text(max_size=20)


@given(CANARY, AROUND, AROUND)
def test_a_known_secret_is_hidden_wherever_it_stands(canary, before, after):
    found = redact(before + canary + after, [canary])
    assert canary not in found
    assert HIDDEN in found


@given(CANARY, st.booleans(), st.booleans())
@example("a b&c=d/e%f", True, True)
def test_percent_encoded(canary, small, everything):
    forms = [quote(canary), quote(canary, safe=""), quote_plus(canary)]
    if everything:
        forms.append("".join(f"%{byte:02X}" for byte in canary.encode()))
    for form in forms:
        if small:
            form = re.sub("%..", lambda found: found[0].lower(), form)
        assert form not in redact(f"sent {form} to it", [canary])


@given(CANARY, st.binary(max_size=7), st.binary(max_size=7), st.booleans())
@example("canary-0123", b"__token__:", b"", False)
def test_inside_of_base64(canary, before, after, latin):
    data = canary.encode("latin-1", "ignore") if latin else canary.encode()
    if len(data) < 8:
        return
    if latin and data.decode("latin-1") != canary:
        return
    for coded in (base64.b64encode, base64.urlsafe_b64encode):
        whole = coded(before + data + after).decode()
        found = redact(whole, [canary])
        assert whole not in found
        # What is left around cannot hold more than the neighbours of the secret.
        assert len(found) <= len(whole) - len(canary) + len(HIDDEN)


@given(CANARY)
@example('pass"word\\with')
def test_in_json_and_as_python_prints_it(canary):
    for form in (json.dumps(canary), json.dumps(canary, ensure_ascii=False), repr(canary)):
        assert form[1:-1] not in redact(f"body={form}", [canary])


@given(CANARY, st.lists(st.integers(0, 200), max_size=6), AROUND)
def test_secrets_are_hidden_wherever_the_text_is_split(canary, cuts, around):
    """Wherever the pieces end, and what they give together is what the whole gives."""
    text = f"{around}{canary}{around}\nsecond {canary}\nlast {canary}"
    redactor = Redactor([canary])
    ends = sorted({min(cut, len(text)) for cut in cuts} | {len(text)})
    pieces = [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    found = [redactor.feed(piece) for piece in pieces]
    whole = "".join([*found, redactor.close()])
    assert canary not in whole
    assert all(canary not in each for each in found)
    assert whole == redact(text, [canary])


def test_a_key_of_many_lines_is_hidden_line_by_line():
    key = "-----BEGIN KEY-----\nabcdefghijkl\nmnopqrstuvwx\n-----END KEY-----"
    redactor = Redactor([key])
    found = redactor.feed(f"key: {key}\n") + redactor.feed("again mnopqrstuvwx\n")
    assert "abcdefghijkl" not in found
    assert "mnopqrstuvwx" not in found


def test_a_mask_of_the_log_is_kept_in_mind():
    redactor = Redactor()
    redactor.feed("::add-mask::hidden-value\n")
    assert "hidden-value" not in redactor.feed("it is hidden-value now\n")
    assert "hidden-value" not in redact("x hidden-value\n::add-mask::hidden-value")


JWT = f"eyJ{'hbGciOiJSUzI1NiJ9'}.eyJ{'zdWIiOiJyZXBvIn0'}.{'c2lnbmF0dXJl' * 4}"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("token pypi-AgEIcHlwaS5vcmcCJGFiY2RlZjAx here", "pypi-AgEIcHlwaS5vcmcCJGFiY2RlZjAx"),
        (f'{{"value": "{JWT}"}}', JWT),
        (f"sent {JWT[:40]}", JWT[:40]),
        ("Authorization: Basic YTpi", "YTpi"),
        ("authorization: bearer abcdefgh", "abcdefgh"),
        ("{'Authorization': 'bearer abcdefgh'}", "abcdefgh"),
        ("got Bearer abcdefghij", "abcdefghij"),
        ("https://user:hidden@host.invalid/x", "hidden"),
        ("https://user:hid@den@host.invalid/x", "den"),
        ("GET https://host.invalid/x?a=1&token=hidden-1 ", "hidden-1"),
        ("TWINE_PASSWORD=hidden-1", "hidden-1"),
        ("  TWINE_PASSWORD: hidden-1", "hidden-1"),
        ('{"password": "hidden 1"}', "hidden 1"),
        ("ghp_0123456789abcdefghij", "0123456789abcdefghij"),
        ("sent X190b2tlbl9fOnB5cGktQWdF", "OnB5cGktQWdF"),
    ],
)
def test_the_shapes_of_credentials(text, secret):
    found = redact(text)
    assert secret not in found
    assert HIDDEN in found


@pytest.mark.parametrize(
    "text",
    [
        "workflow pypi-publish.yml in the environment pypi-publishing",
        "`invalid-reuse-token`: invalid token: already used",
        "403 Invalid API Token: token is expired",
        "the ACTIONS_ID_TOKEN_REQUEST_TOKEN environment variable was unset",
        "Invalid or non-existent authentication information.",
        "octo/demo/.github/workflows/publish.yml@refs/heads/main",
        "https://host.invalid/simple/demo/",
    ],
)
def test_what_a_diagnosis_needs_is_left(text):
    assert redact(text) == text


def test_which_variables_are_secret():
    variables = {
        "TWINE_PASSWORD": "one",
        "my_token": "two",
        "DEPLOY_KEY": "three",
        "CLIENT_SECRET": "four",
        "HOME": "/home/me",
        "TWINE_USERNAME": "__token__",
    }
    assert set(list_secrets(variables)) == {"one", "two", "three", "four"}


def test_every_replacement_hides_the_secret():
    assert all(HIDDEN in replacement for _, replacement in load_secrets())


def test_a_replacement_that_asks_for_a_group_that_is_not_there_is_an_error():
    text = "[[token]]\nname = 'any'\npattern = 'y'\n"
    text += "[[secret]]\nname = 'token'\npattern = 'x+'\nreplacement = '\\1***'\n"
    with pytest.raises(DataFileError, match="secret token: replacement: invalid group reference"):
        parse_secret_patterns(parse_data(text, "redaction.toml"))


@pytest.mark.parametrize(
    "token",
    [
        "pypi-AgEIcHlwaS5vcmc0000",
        "ghp_0123456789abcdefABCD",
        "github_pat_0123456789abcdef",
        "xoxb-0123456789-abc",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln",
    ],
)
def test_a_token_is_hidden_in_output_and_in_messages(token):
    assert token not in redact(f"found {token} there")
    assert token not in mask_line(f"found {token} there")
