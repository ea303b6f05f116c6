"""The templates of the Hugo site, with as much markup as the pages of secstatus."""

from itertools import product

from hugo_exports import EXPORTS

BADGES = ("grade", "vulnerabilities", "last-scan", "days-since", "remediation")
STYLES = ("", "-flat-square", "-for-the-badge")
BADGE_FILES = tuple(map("".join, product(BADGES, STYLES)))
LOGO = "M8 0 1 3v5c0 4 3 7 7 8 4-1 7-4 7-8V3z"

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; \
img-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'">
<title>{{ .Title }} - {{ site.Title }}</title>
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="description" content="{{ .Title }}: severity, dates, fix and plan.">
<link rel="canonical" href="{{ .Permalink }}">
<meta property="og:url" content="{{ .Permalink }}">
<meta property="og:title" content="{{ .Title }}">
<meta property="og:description" content="{{ .Title }}: severity, dates, fix and plan.">
<meta property="og:type" content="website">
{{ with .OutputFormats.Get "json" }}\
<link rel="alternate" type="application/json" href="{{ .RelPermalink }}">{{ end }}
<link rel="stylesheet" href="{{ "style.css" | relURL }}">
</head>
<body>
{{ partialCached "nav.html" . }}
<main id="main">
"""

FOOT = """</main>
{{ partialCached "foot.html" . }}
</body>
</html>
"""

# The same on every page, so made once.
NAV = """<a class="skip" href="#main">Skip to the content</a>
<header class="site-header">
<a class="brand" href="{{ "index.html" | relURL }}">{{ site.Title }}</a>
<nav aria-label="Site"><ul>
<li><a href="{{ "index.html" | relURL }}">Status</a></li>
<li><a href="{{ "history.html" | relURL }}">History</a></li>
<li><a href="{{ "releases.html" | relURL }}">Releases</a></li>
<li><a href="{{ "badges.html" | relURL }}">Badges</a></li>
<li><a href="{{ "api.html" | relURL }}">API</a></li>
<li><a href="{{ "method.html" | relURL }}">Method</a></li>
</ul></nav>
</header>"""

FOOTER = """<footer class="site-footer">
<p>Last scan <time datetime="{{ site.Params.scan_date }}">{{ site.Params.scan_date }}</time>.
Every value on this page is also published as JSON.</p>
<p><a href="{{ "index.json" | relURL }}">JSON</a> · <a href="{{ "method.html" | relURL }}">How the
grade is made</a></p>
</footer>"""

PAGE = (
    HEAD
    + """<nav class="crumbs" aria-label="Breadcrumb"><a href="{{ "index.html" | relURL }}">\
Status</a> / <span aria-current="page">{{ .Title }}</span></nav>
<h1>{{ .Title }}</h1>
<p class="verdict"><span class="severity severity-{{ .Params.severity }}">\
{{ .Params.severity }}</span>
<span class="state">open</span> in <strong>{{ .Params.package }}</strong> {{ .Params.version }}</p>
<dl class="facts">
<dt>Package</dt><dd><a href="https://osv.dev/list?q={{ .Params.package }}">\
{{ .Params.package }}</a></dd>
<dt>Version</dt><dd><code>{{ .Params.version }}</code></dd>
<dt>Severity</dt><dd>{{ .Params.severity }}</dd>
<dt>Fixed in</dt><dd>{{ with .Params.fix_version }}\
<code>{{ . }}</code>{{ else }}no version yet{{ end }}</dd>
<dt>Reported by</dt><dd>{{ .Params.source }}</dd>
</dl>
{{ with .Params.fix_version }}<section><h2>Remedy</h2>
<pre><code>python -m pip install --upgrade "{{ $.Params.package }}>={{ . }}"</code></pre>
</section>{{ end }}
<section><h2>Dates</h2>
<ol class="dates"><li><b>Found</b> <time datetime="{{ .Params.discovered_date }}">\
{{ .Params.discovered_date }}</time> <small>by {{ .Params.source }}</small></li>
<li class="open"><b>Resolved</b> not yet <small>needs a complete scan</small></li></ol>
</section>
<section><h2>Plan</h2>
<p>No plan yet: add one to the remediation plans, with an action, an owner and a date.</p>
</section>
<section class="advisory"><h2>Description</h2>
{{ .Content }}
</section>
<section><h2>Also known as</h2>
<ul>{{ range .Params.aliases }}<li><a rel="nofollow noopener"
href="https://osv.dev/vulnerability/{{ . }}">{{ . }}</a></li>
{{ end }}</ul></section>
<section><h2>References</h2>
<ul><li><a rel="nofollow noopener" href="{{ .Params.reference_url }}">\
{{ .Params.reference_url }}</a></li>
{{ with .OutputFormats.Get "json" }}<li><a href="{{ .RelPermalink }}">This finding as JSON</a></li>\
{{ end }}</ul></section>
"""
    + FOOT
)

ROW = """<tr><td><a href="{{ .RelPermalink }}">{{ .Title }}</a></td>
<td>{{ .Params.package }} {{ .Params.version }}</td>
<td><span class="severity severity-{{ .Params.severity }}">{{ .Params.severity }}</span></td>
<td><time datetime="{{ .Params.discovered_date }}">{{ .Params.discovered_date }}</time></td>
<td>{{ .Params.fix_version }}</td></tr>
"""

TABLE = (
    """<table class="findings">
<caption>Open findings, the worst first</caption>
<thead><tr><th scope="col">Finding</th><th scope="col">Package</th><th scope="col">Severity</th>
<th scope="col">Discovered</th><th scope="col">Fixed in</th></tr></thead>
<tbody>
{{ range $shown }}"""
    + ROW
    + """{{ end }}</tbody>
</table>
"""
)

HOME = (
    HEAD
    + """<h1>{{ site.Title }}</h1>
<p class="verdict"><span class="grade">{{ site.Params.security_grade }}</span>
<a href="{{ "findings/index.html" | relURL }}">{{ len site.RegularPages }} open findings</a></p>
{{ $shown := first 25 site.RegularPages }}"""
    + TABLE
    + FOOT
)

LIST = (
    HEAD
    + """{{ $pages := .Paginate .RegularPages }}{{ $shown := $pages.Pages }}\
<h1>Security findings, page {{ $pages.PageNumber }} of {{ $pages.TotalPages }}</h1>
"""
    + TABLE
    + """<nav class="pages" aria-label="Pages">
{{ with $pages.Prev }}<a rel="prev" href="{{ .URL }}">Previous</a>{{ end }}
{{ with $pages.Next }}<a rel="next" href="{{ .URL }}">Next</a>{{ end }}
</nav>
"""
    + FOOT
)

MISSING = HEAD + "<h1>No such page</h1>\n<p>Perhaps the finding has another name.</p>\n" + FOOT

# Hugo's own page of an alias, with what the one of secstatus has besides.
ALIAS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={{ .Permalink }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Another name of {{ .Page.Title }}</title>
<link rel="canonical" href="{{ .Permalink }}">
</head>
<body>
<main><p>Another name of <a href="{{ .Permalink }}">{{ .Page.Title }}</a>.</p></main>
</body>
</html>
"""

FINDING_JSON = (
    '{{ dict "finding_id" .Title "package" .Params.package "version" .Params.version '
    '"severity" .Params.severity "discovered_date" .Params.discovered_date '
    '"description" .RawContent "fix_available" .Params.fix_available '
    '"fix_version" .Params.fix_version "reference_url" .Params.reference_url '
    '"aliases" .Params.aliases "source" .Params.source | jsonify }}'
)
# The list says everything but the description, the long part.
LISTED_JSON = FINDING_JSON.replace('"description" .RawContent ', "")
# Printed one by one: collecting them with `append` first would copy the list 5,000 times.
INDEX_JSON = (
    '{"security_grade":{{ site.Params.security_grade | jsonify }},'
    '"scan_date":{{ site.Params.scan_date | jsonify }},'
    '"vulnerability_summary":{{ site.Params.vulnerability_summary | jsonify }},"findings":['
    "{{ range $i, $p := site.RegularPages }}{{ if $i }},{{ end }}"
    "{{ with $p }}FINDING{{ end }}{{ end }}]}\n"
)

BADGE = f"""<svg xmlns="http://www.w3.org/2000/svg" width="120" height="20" role="img">
<title>NAME: {{{{ site.Params.security_grade }}}}</title>
<rect width="80" height="20" fill="#555"/><rect x="80" width="40" height="20" fill="#b00"/>
<path d="{LOGO}" transform="scale(.8) translate(4 4)" fill="#fff"/>
<text x="22" y="14" fill="#fff" font-family="Verdana" font-size="11">NAME</text>
<text x="92" y="14" fill="#fff" font-family="Verdana" font-size="11">\
{{{{ site.Params.security_grade }}}}</text></svg>
"""


ENDPOINT = """{"schemaVersion":1,"label":"NAME","message":\
{{ site.Params.security_grade | jsonify }},"color":"red"}
"""


def layouts() -> dict[str, str]:
    """File name below `layouts/` → template."""
    drawn = {f"home.badge-{name}.svg": BADGE.replace("NAME", name) for name in BADGE_FILES}
    endpoints = {f"home.shields-{name}.json": ENDPOINT.replace("NAME", name) for name in BADGES}
    return {
        "404.html": MISSING,
        "alias.html": ALIAS,
        "home.html": HOME,
        "home.json": INDEX_JSON.replace("FINDING", FINDING_JSON),
        "page.html": PAGE,
        "page.json": FINDING_JSON + "\n",
        "section.html": LIST,
        "section.json": INDEX_JSON.replace("FINDING", LISTED_JSON),
        "_partials/nav.html": NAV,
        "_partials/foot.html": FOOTER,
        **EXPORTS,
        **drawn,
        **endpoints,
    }
