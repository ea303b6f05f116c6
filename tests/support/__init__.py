"""Parts that several folders of tests use: one of each.

- `server`: an HTTP server that serves files, records what it is asked and fails on demand; a proxy.
- `faults`: the ways in which an answer, a connection, an encoding or a redirect can go wrong.
- `github`, `osv`: the APIs of GitHub and OSV, as such servers.
- `repositories`: files, git repositories with a bare remote, isolated settings, snapshots.
- `kills`: a process that is killed at each of its calls that change something, one after another.
- `clock`: a clock that only waiting moves.
- `machine`: signals and the disk, as every test finds them.
"""
