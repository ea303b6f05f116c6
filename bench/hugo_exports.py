"""The templates of what the Hugo site makes for other programs: OSV records and exports."""

# Text goes through `jsonify`; the rest is printed as it stands, which is quicker than a `dict`.
# What has to be worked out first (a summary, a due date, a package URL) is in the front matter.
OSV_JSON = """{"schema_version":"1.7.0","id":{{ .Title | jsonify }},\
"aliases":{{ .Params.aliases | jsonify }},"modified":"{{ .Params.discovered_date }}T00:00:00Z",\
"summary":{{ .Params.summary | jsonify }},"details":{{ .RawContent | jsonify }},\
"affected":[{"package":{"ecosystem":"PyPI","name":{{ .Params.package | jsonify }},\
"purl":{{ .Params.package_url | jsonify }}},{{ with .Params.fix_version }}"ranges":[\
{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":{{ . | jsonify }}}]}],{{ end }}\
"versions":[{{ .Params.version | jsonify }}]}],\
"references":[{"type":"ADVISORY","url":{{ .Params.reference_url | jsonify }}},\
{"type":"WEB","url":"{{ .Permalink }}"}],"database_specific":{"status":"open",\
"finding_id":{{ .Title | jsonify }},"severity":"{{ .Params.severity }}",\
"discovered_date":"{{ .Params.discovered_date }}","due_date":{{ .Params.due_date | jsonify }}}}
"""

PRODUCT = '"{{ site.Params.product_url }}"'
OPENVEX_JSON = (
    """{"@context":"https://openvex.dev/ns/v0.2.0","@id":"{{ .Permalink }}openvex.json",
"author":"The maintainers","role":"Project maintainers","timestamp":"{{ site.Params.scan_date }}",
"tooling":"hugo","version":1,"statements":[
{{ range $i, $p := site.RegularPages }}{{ if $i }},
{{ end }}{"vulnerability":{"@id":"{{ .Permalink }}","name":{{ .Title | jsonify }},\
"description":{{ .Params.summary | jsonify }},"aliases":{{ .Params.aliases | jsonify }}},\
"products":[{"@id":PRODUCT,"identifiers":{"purl":PRODUCT},"subcomponents":\
{{ with .Params.purl | jsonify }}[{"@id":{{ . }},"identifiers":{"purl":{{ . }}}}]{{ end }}}],\
"status":"affected","action_statement":{{ .Params.action | jsonify }}}{{ end }}
]}
"""
).replace("PRODUCT", PRODUCT)

CYCLONEDX_JSON = (
    """{"$schema":"http://cyclonedx.org/schema/bom-1.6.schema.json","bomFormat":"CycloneDX",
"specVersion":"1.6","version":1,"metadata":{"timestamp":"{{ site.Params.scan_date }}",
"component":{"bom-ref":PRODUCT,"name":"{{ site.Params.product }}","purl":PRODUCT,
"type":"library","version":"{{ site.Params.product_version }}"},
"tools":{"components":[{"name":"hugo","type":"application"}]}},"components":[
{{ range $i, $group := site.RegularPages.GroupByParam "purl" }}{{ if $i }},
{{ end }}{{ $purl := .Key | jsonify }}{{ with index .Pages 0 }}{"bom-ref":{{ $purl }},\
"name":{{ .Params.package | jsonify }},"purl":{{ $purl }},"type":"library",\
"version":{{ .Params.version | jsonify }}}{{ end }}{{ end }}
],"vulnerabilities":[
{{ range $i, $p := site.RegularPages }}{{ if $i }},
{{ end }}{{ $action := .Params.action | jsonify }}{{ $version := .Params.version | jsonify }}\
{"bom-ref":{{ print "finding/" .Title | jsonify }},"id":{{ .Title | jsonify }},\
"source":{"name":"OSV","url":"https://osv.dev/"},"references":[\
{{ range $n, $alias := .Params.aliases }}{{ if $n }},{{ end }}{"id":{{ . | jsonify }},\
"source":{{ if hasPrefix . "CVE-" }}{"name":"NVD","url":"https://nvd.nist.gov/"}\
{{ else }}{"name":"GITHUB","url":"https://github.com/advisories"}{{ end }}}{{ end }}],\
"ratings":[{"severity":"{{ .Params.severity }}"}],"description":{{ .Params.summary | jsonify }},\
"detail":{{ .RawContent | jsonify }},{{ if .Params.fix_version }}"recommendation":{{ $action }},\
{{ end }}"advisories":[{"url":{{ .Params.reference_url | jsonify }}},{"url":"{{ .Permalink }}"}],\
"created":"{{ .Params.discovered_date }}T00:00:00Z","analysis":{"state":"exploitable",\
{{ if .Params.fix_version }}"response":["update"],{{ end }}"detail":{{ $action }}},\
"affects":[{"ref":{{ .Params.purl | jsonify }},"versions":[{"version":{{ $version }},\
"status":"affected"}]}],"properties":[{{ with .Params.due_date }}\
{"name":"secstatus:due_date","value":"{{ . }}"},{{ end }}\
{"name":"secstatus:status","value":"open"}]}{{ end }}
]}
"""
).replace("PRODUCT", PRODUCT)

SARIF_JSON = """{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0",
"runs":[{"automationDetails":{"id":"hugo/{{ site.Params.product }}/"},
"invocations":[{"endTimeUtc":"{{ site.Params.scan_date }}","executionSuccessful":true}],
"tool":{"driver":{"name":"hugo","rules":[
{{ range $i, $p := site.RegularPages }}{{ if $i }},
{{ end }}{"id":{{ .Title | jsonify }},"helpUri":"{{ .Permalink }}",\
"shortDescription":{"text":{{ .Params.summary | jsonify }}},\
"fullDescription":{"text":{{ .RawContent | jsonify }}},\
"defaultConfiguration":{"level":"{{ .Params.level }}"},\
"properties":{"security-severity":"{{ .Params.score }}","tags":["security"]}}{{ end }}
]}},"results":[
{{ range $i, $p := site.RegularPages }}{{ if $i }},
{{ end }}{"ruleId":{{ .Title | jsonify }},"ruleIndex":{{ $i }},"level":"{{ .Params.level }}",\
"message":{"text":{{ print .Title " in " .Params.package " " .Params.version ": " \
.Params.summary "." (cond .Params.fix_available (print " " .Params.action) "") | jsonify }}},\
"hostedViewerUri":"{{ .Permalink }}",\
"locations":[{"logicalLocations":[{"fullyQualifiedName":{{ .Params.purl | jsonify }},\
"kind":"package","name":{{ .Params.package | jsonify }}}],"physicalLocation":{\
"artifactLocation":{"uri":"pyproject.toml","uriBaseId":"%SRCROOT%"},"region":{"startLine":1}}}],\
"partialFingerprints":{"secstatusFinding/v1":"{{ .Params.fingerprint }}"},\
"properties":{"security-severity":"{{ .Params.score }}"},"suppressions":[]}{{ end }}
]}]}
"""

# The columns of secstatus; those that no finding of the benchmark fills are empty there, too.
FINDINGS_CSV = """\
finding_id,package,version,severity,status,title,cvss_score,cvss_vector,aliases,fix_available,\
fix_version,source,discovered_date,due_date,published,resolved_date,unlisted_since,plan_state,\
plan_action,plan_owner,plan_target_date,plan_expires,plan_reason,reference_url,page
{{ range site.RegularPages }}{{ .Title }},{{ .Params.package }},{{ .Params.version }},\
{{ .Params.severity }},open,"{{ replace .Params.summary "\\"" "\\"\\"" }}",,,\
{{ delimit .Params.aliases " " }},{{ if .Params.fix_available }}yes{{ else }}no{{ end }},\
{{ with .Params.fix_version }}{{ . }}{{ end }},{{ .Params.source }},\
{{ .Params.discovered_date }},{{ with .Params.due_date }}{{ . }}{{ end }},,,,,,,,,,\
{{ .Params.reference_url }},{{ .Permalink }}
{{ end }}"""

EXPORTS = {
    "home.openvex.json": OPENVEX_JSON,
    "home.cyclonedx-vex.json": CYCLONEDX_JSON,
    "home.sarif.json": SARIF_JSON,
    "home.findings.csv": FINDINGS_CSV,
    "page.osv.json": OSV_JSON,
}
"""File name below `layouts/` → template."""
