"""What schemathesis has to be told: lines of JSON are sent as the text that they are."""

from __future__ import annotations

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    return {"data": str(value).encode("utf-8", errors="surrogatepass")}
