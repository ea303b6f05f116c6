"""The OSV API: records by id."""

from tests.support.server import Exchange, FaultyServer, running

BELOW = "/v1/vulns/"


def answer_record(exchange, record):
    """The answer of the API for a record, or for none."""
    found = (200, record) if record else (404, {"code": 5, "message": "Bug not found."})
    exchange.respond(found[0], found[1])


class _Exchange(Exchange):
    def answer(self):
        answer_record(self, self.server.records.get(self.name))


def serving_osv(records):
    """A running server of `records`: id → record."""
    server = FaultyServer(below=BELOW, exchange=_Exchange)
    server.records = dict(records)
    return running(server)
