"""Who asks: user agents by kind. What an agent said of itself stays here; only its kind goes on.

Everybody can claim to be anything, so this tells who programs say that they are.
"""

from __future__ import annotations

import re
from enum import StrEnum

# What tells the kind stands in the first words; what is longer comes from nobody we know.
LONGEST_READ = 512


class Client(StrEnum):
    """A kind of client."""

    IMAGE_PROXY = "image_proxy"
    BROWSER = "browser"
    SCRIPT = "script"
    FEED_READER = "feed_reader"
    BADGE_SERVICE = "badge_service"
    CRAWLER = "crawler"
    MONITOR = "monitor"
    UNKNOWN = "unknown"


# The first row that fits decides. A row: kind, what its agents hold, why it stands where it does.
_TABLE: tuple[tuple[Client, tuple[str, ...], str], ...] = (
    (
        Client.MONITOR,
        (
            r"\bsecstatus/",
            r"uptime",
            r"upptime",
            r"pingdom",
            r"statuscake",
            r"better ?stack",
            r"site24x7",
            r"\bgatus\b",
            r"blackbox[- _]exporter",
            r"^prometheus/",
            r"healthchecks",
            r"hetrixtools",
            r"freshping",
            r"\bcheck_http\b",
            r"\bnagios\b",
            r"\bzabbix\b",
            r"datadog",
            r"newrelic",
            r"checkly",
            r"updown\.io",
            r"cronitor",
            r"\bkube-probe/",
            r"elb-healthchecker",
            r"googlehc/",
        ),
        "before crawlers: many of them call themselves a bot as well",
    ),
    (
        Client.IMAGE_PROXY,
        (r"\bcamo\b", r"googleimageproxy", r"yahoomailproxy", r"\bimgproxy\b", r"\bimaginary/"),
        "before browsers: the proxies of mail services show the string of one",
    ),
    (
        Client.BADGE_SERVICE,
        (r"shields\.io", r"\bbadgen\b", r"forthebadge", r"\bbadge[-_ ]?service\b"),
        "they read the data of a badge and draw it themselves",
    ),
    (
        Client.FEED_READER,
        (
            r"feed(?:ly|bin|fetcher|parser|reader|demon|burner|er\b)",
            r"\brss\b",
            r"\brss[-_/]",
            r"freshrss",
            r"commafeed",
            r"inoreader",
            r"newsblur",
            r"netnewswire",
            r"newsboat",
            r"newsbeuter",
            r"miniflux",
            r"theoldreader",
            r"liferea",
            r"akregator",
            r"quiterss",
            r"\breeder/",
            r"selfoss",
            r"bazqux",
            r"blogtrottr",
            r"thunderbird/",
        ),
        "before crawlers: some say that they are like one, to be let in",
    ),
    (
        Client.CRAWLER,
        (
            # Cubot makes phones; their browsers are no bots.
            r"(?<!\bcu)bots?(?![a-z])",
            r"spider",
            r"crawl",
            r"slurp",
            r"scrapy",
            r"facebookexternalhit",
            r"ia_archiver",
            r"archive\.org",
            r"mediapartners",
            r"bingpreview",
            r"google-(?:extended|inspectiontool|read-aloud|safety)",
            r"googleother",
            r"(?:chatgpt|claude|perplexity|mistralai)-user",
            r"whatsapp/",
            r"embedly",
            r"mastodon/",
            r"\bpreview\b",
            r"censys",
            r"zgrab",
            r"masscan",
            r"nuclei",
            r"nmap",
            r"expanse",
            r"netcraft",
            r"dataprovider",
        ),
        "before scripts and browsers: a browser's string with the name of a bot is a bot's",
    ),
    (
        Client.SCRIPT,
        (
            r"\bcurl/",
            r"\bwget/",
            r"\bpython",
            r"\bhttpx\b",
            r"\baiohttp\b",
            r"\burllib",
            r"\bpip/",
            r"\buv/",
            r"\bgo-http-client",
            r"\bgo/\d",
            r"\bokhttp",
            r"\bnode\b",
            r"\baxios/",
            r"\bundici\b",
            r"^got\b",
            r"\bdeno/",
            r"\bbun/",
            r"^java/",
            r"\bjava-http-client",
            r"apache-httpclient",
            r"libwww-perl",
            r"\blwp\b",
            r"guzzle",
            r"^php",
            r"\bruby\b",
            r"\bfaraday\b",
            r"powershell",
            r"postman",
            r"insomnia/",
            r"\bhttpie/",
            r"restsharp",
            r"\bdart[:/]",
            r"\breqwest\b",
            r"\bhyper/",
            r"\bureq/",
            r"^dotnet",
            r"headlesschrome",
            r"phantomjs",
            r"playwright",
            r"puppeteer",
            r"selenium",
            r"\bk6/",
            r"\bhey/",
            r"apachebench",
            r"\bwrk\b",
            r"\bsiege/",
        ),
        "before browsers: a browser without a window is led by a program",
    ),
    (
        Client.BROWSER,
        (
            r"^mozilla/\d.*(?:firefox|fxios|chrome|crios|safari|edg|opr/|gecko|webkit|trident|msie)",
            r"^opera/",
            r"^(?:e?links|lynx|w3m|dillo|netsurf)\b",
        ),
        "last: nearly everybody shows the string of a browser",
    ),
)


def _rule(words: tuple[str, ...]) -> re.Pattern[bytes]:
    """One expression for all words, by first letter: a third of the time of a plain list."""
    by_letter: dict[str, list[str]] = {}
    others = []
    for word in words:
        mark, letter, rest = re.fullmatch(r"(\^|\\b|)(.)(.*)", word, re.DOTALL).groups()  # type: ignore[union-attr]
        if letter.isalpha():
            behind = rf"(?<={mark}{letter})" if mark else ""
            by_letter.setdefault(letter, []).append(behind + rest)
        else:
            others.append(word)
    branches = [f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items()]
    return re.compile("|".join([*branches, *others]).encode(), re.DOTALL)


_RULES = tuple((kind, _rule(words).search) for kind, words, _reason in _TABLE)


def client_of(agent: bytes) -> Client:
    """The kind of a user agent; `unknown` for none, for `-`, and for one not in the table."""
    known = agent[:LONGEST_READ].strip().lower()
    if known in (b"", b"-"):
        return Client.UNKNOWN
    for kind, found in _RULES:
        if found(known):
            return kind
    return Client.UNKNOWN
