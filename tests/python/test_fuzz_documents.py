"""The fuzzing campaign: its documents repeat, every mutation changes something, and a lost reply is noticed."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from collections import Counter
from random import Random

import pytest
from hosts import ROOT
from pdf_maker import one_page

pytestmark = pytest.mark.system("unix", reason="xtask runs it, which runs on the machine that builds")


@pytest.fixture(scope="module")
def campaign_module():
    path = ROOT / "xtask/scripts/fuzz_documents.py"
    spec = importlib.util.spec_from_file_location("fuzz_documents", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_documents"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(path.parent))


def test_a_document_of_a_seed_is_always_the_same(campaign_module):
    def documents():
        return [campaign_module.mutated("a.pdf", one_page(), Random(f"7:{number}")) for number in range(60)]

    assert documents() == documents()


def test_every_mutation_changes_a_document(campaign_module):
    sheet = (ROOT / "docs/sample/engineering_sheet.pdf").read_bytes()
    made = [campaign_module.mutated("sheet.pdf", sheet, Random(f"1:{number}")) for number in range(80)]
    changed = Counter(kind for kind, data in made if data != sheet)
    assert len(changed) >= 9, changed


@pytest.mark.parametrize(("answers", "wrong"), [(1, False), (0, True), (2, True)])
def test_a_request_without_exactly_one_reply_is_noticed(
    campaign_module, tmp_path, make_pdf, monkeypatch, answers, wrong
):
    def ask(_self, requests):
        *others, last = requests
        ids = [*others, *[last] * answers]
        return [{"req_id": id_, "status": "success", "data": {}} for id_ in ids]

    monkeypatch.setattr(campaign_module.Campaign, "ask", ask)
    monkeypatch.setattr(campaign_module, "ROUND", 3)
    campaign = campaign_module.Campaign(tmp_path / "tach", tmp_path / "out", 1, [make_pdf(one_page())])
    campaign.round(0)
    assert bool(campaign.wrong) == wrong
    assert campaign.documents == 3


@pytest.mark.system("unix", reason="a script is a program there")
def test_progress_is_no_reply(campaign_module, tmp_path, make_pdf):
    script = tmp_path / "tach.py"
    script.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    req_id = json.loads(line)['id']\n"
        "    print(json.dumps({'type': 'progress', 'req_id': req_id, 'done': 1, 'total': 2}))\n"
        "    print(json.dumps({'req_id': req_id, 'status': 'success', 'data': {}}))\n"
    )
    # A #! line takes no path with a space in it.
    tach = tmp_path / "tach"
    tach.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(script))}\n")
    tach.chmod(0o755)
    campaign = campaign_module.Campaign(tach, tmp_path / "out", 1, [make_pdf(one_page())])
    replies = campaign.ask({"1": ("ping", {}), "2": ("ping", {})})
    assert [reply["req_id"] for reply in replies] == ["1", "2"]


def test_what_kills_a_worker_is_kept(campaign_module, tmp_path, make_pdf, monkeypatch):
    def ask(_self, requests):
        error = {"code": "worker_crashed", "message": "it crashed", "details": {"signal": "SIGSEGV"}}
        return [{"req_id": id_, "status": "error", "error": error} for id_ in requests]

    monkeypatch.setattr(campaign_module.Campaign, "ask", ask)
    monkeypatch.setattr(campaign_module, "ROUND", 1)
    campaign = campaign_module.Campaign(tmp_path / "tach", tmp_path / "out", 1, [make_pdf(one_page())])
    campaign.round(0)
    campaign.shrink()
    kept = {path.name for path in (tmp_path / "out").iterdir()}
    assert "worker-crashed-SIGSEGV-extract-text.pdf" in kept
    assert "worker_crashed SIGSEGV extract_text" in campaign.report()


def test_slow_commands_are_asked_of_some_documents_and_the_others_of_all(
    campaign_module, tmp_path, make_pdf, monkeypatch
):
    def ask(_self, requests):
        return [{"req_id": id_, "status": "success", "data": {}} for id_ in requests]

    monkeypatch.setattr(campaign_module.Campaign, "ask", ask)
    monkeypatch.setattr(campaign_module, "ROUND", 10)
    campaign = campaign_module.Campaign(tmp_path / "tach", tmp_path / "out", 1, [make_pdf(one_page())], 5)
    campaign.round(0)
    assert campaign.commands["convert"] == campaign.commands["parse_table"] == 2
    assert campaign.commands["read_sheet"] == campaign.commands["document_info"] == 10
