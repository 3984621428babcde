"""The golden lines of protocol/fixtures, as the pydantic models and the line checks read them."""

import json
import sys
from pathlib import Path

import pytest

from pyworker import messages
from pyworker.host.lines import Refused, parse_request

FIXTURES = Path(__file__).resolve().parents[2] / "protocol" / "fixtures"
DATA_MODELS = {
    "evidence": messages.Evidence,
    "tables": messages.Tables,
    "page": messages.PageText,
    "sheet": messages.Sheet,
    "document": messages.DocumentDetails,
    "ping": messages.Payload,
    "found": messages.FoundText,
}


def files(folder):
    found = sorted((FIXTURES / folder).glob("*.json"))
    assert found, f"no golden lines in {folder}"
    return [pytest.param(path, id=path.stem) for path in found]


def load(path):
    text = path.read_text(encoding="utf-8")
    if sys.platform == "win32":
        # Also as one of the lines spells it, with the escapes that JSON permits.
        text = text.replace("/data/", "C:/data/").replace(r"\\/data", r"C:\\/data")
    return json.loads(text)


@pytest.mark.parametrize("path", files("requests"))
def test_good_requests_get_every_default(path):
    golden = load(path)
    request = parse_request(golden["line"].encode(), faults=True)
    assert request.model_dump(exclude_none=True) == golden["parsed"]
    # Numbers compare equal across types in Python, so the JSON is compared too: 18 became 18.0.
    written = json.loads(request.model_dump_json(exclude_none=True))
    assert {key: repr(value) for key, value in written["payload"].items()} == {
        key: repr(value) for key, value in golden["parsed"]["payload"].items()
    }


@pytest.mark.parametrize("path", files("invalid"))
def test_bad_requests_are_refused_with_code_and_field(path):
    golden = load(path)
    with pytest.raises(Refused) as caught:
        parse_request(golden["line"].encode(), faults=True)
    error = caught.value.error
    assert (error.code, error.details["field"], caught.value.req_id) == (
        golden["code"],
        golden["field"],
        golden["req_id"],
    )
    assert error.message


@pytest.mark.parametrize("path", files("replies"))
def test_replies_parse(path):
    golden = load(path)
    reply = messages.Reply.model_validate(golden)
    assert (reply.data is None) == (reply.status == "error")
    assert (reply.error is None) == (reply.status == "success")
    model = DATA_MODELS.get(path.stem.split("_")[0])
    if model is not None:
        data = model.model_validate(reply.data)
        assert data.model_dump(exclude_none=True) == golden["data"]


@pytest.mark.parametrize("path", files("lifecycle"))
def test_lifecycle_messages_parse(path):
    golden = load(path)
    model = messages.Progress if golden["type"] == "progress" else messages.LIFECYCLE[golden["event"]]
    assert model.model_validate(golden).model_dump() == golden


def test_a_line_of_other_bytes_is_not_json():
    with pytest.raises(Refused) as caught:
        parse_request(b'{"id":"\xff","cmd":"ping"}', faults=False)
    assert (caught.value.error.code, caught.value.req_id) == ("invalid_json", None)


def test_the_fault_command_is_unknown_unless_it_is_turned_on():
    line = b'{"id":"a","cmd":"fault","payload":{"kind":"raise"}}'
    assert parse_request(line, faults=True).cmd == "fault"
    with pytest.raises(Refused) as caught:
        parse_request(line, faults=False)
    assert caught.value.error.code == "unknown_command"


def test_deep_nesting_is_refused():
    line = b'{"id":"a","cmd":"ping","payload":' + b'{"a":' * 5000 + b"1" + b"}" * 5001
    with pytest.raises(Refused) as caught:
        parse_request(line, faults=False)
    assert caught.value.error.code == "invalid_request"


def test_a_password_is_in_no_error_message():
    line = json.dumps(
        {"id": "a", "cmd": "document_info", "payload": {"file_path": "x", "password": "geheim"}}
    )
    with pytest.raises(Refused) as caught:
        parse_request(line.encode(), faults=False)
    assert "geheim" not in caught.value.error.message
