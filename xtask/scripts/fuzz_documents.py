"""Sends thousands of broken documents through every command of a supervised worker, and keeps what kills one.

Seeds are the sample, small documents made here, and the corpora named. Each document is asked about with every command
through `tach batch`, a round at a time. Reported are crashes, timeouts, lack of memory, errors raised by a library, and
requests without exactly one reply. Of each kind of crash the smallest input is kept, made smaller where it can be.
Document number N of a seed number is always the same.

Usage: fuzz_documents.py TACH OUTPUT --minutes N --seed S [--slow-every K] [--corpus FOLDER ...]
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))  # The interpreter runs isolated.
from mutations import mutated

ROUND = 100
"""Documents that one `tach batch` is given."""
KILLING = ("worker_crashed", "timeout", "out_of_memory", "protocol_error", "engine_error", "quarantined")
TIMEOUT_MS = 10_000
WORKERS = 2
START_S = 120
"""For a worker's start, and for what follows a deadline."""
SLOW = ("parse_table", "convert")
"""Commands that read the pictures of a page by OCR: seven eighths of the time of a round."""
MAX_SEED_BYTES = 4 << 20
SHRINK_STEPS = 40
BOX = [36, 36, 200, 200]
ENDINGS = (
    "pdf",
    "docx",
    "pptx",
    "xlsx",
    "html",
    "md",
    "csv",
    "epub",
    "png",
    "jpg",
    "tif",
    "tiff",
    "eml",
    "xml",
)


def commands(path: str, *, is_pdf: bool) -> list[tuple[str, dict]]:
    """Every command that reads a document, with what it needs."""
    file = {"file_path": path}
    convert = ("convert", {**file, "format": "markdown"})
    if not is_pdf:
        return [convert]
    return [
        ("document_info", file),
        ("extract_evidence", {**file, "page_index": 0, "bbox": BOX, "include_text": True}),
        ("extract_evidence", {**file, "page_index": 0, "bbox": BOX, "dpi": 600, "format": "png"}),
        ("extract_text", {**file, "page_index": 0, "ocr": "never"}),
        ("parse_table", {**file, "page_index": 0}),
        ("find_text", {**file, "query": "the"}),
        ("read_sheet", {**file, "page_index": 0}),
        convert,
    ]


class Campaign:
    """The rounds, what came of them, and where findings are kept."""

    def __init__(self, tach: Path, output: Path, seed: int, seeds: list[Path], slow_every: int = 1) -> None:
        self.tach, self.output, self.seed, self.seeds = tach, output, seed, seeds
        self.slow_every = slow_every
        self.documents = self.requests = 0
        self.codes: Counter[str] = Counter()
        self.commands: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.smallest: dict[str, tuple[int, Path, str, dict]] = {}

    def round(self, start: int) -> None:
        """Makes documents `start` and following, asks about them, and notes the answers."""
        with TemporaryDirectory(prefix="tach-fuzz-") as folder:
            asked: dict[str, tuple[Path, str, str, dict]] = {}
            for number in range(start, start + ROUND):
                random = Random(f"{self.seed}:{number}")  # noqa: S311 - repeatable, not secret
                source = random.choice(self.seeds)
                kind, data = mutated(source.name, source.read_bytes(), random)
                path = Path(folder) / f"{number}-{source.name}"
                path.write_bytes(data)
                self.kinds[kind] += 1
                is_pdf = path.suffix == ".pdf"
                for place, (cmd, payload) in enumerate(commands(str(path), is_pdf=is_pdf)):
                    if is_pdf and cmd in SLOW and number % self.slow_every:
                        continue
                    asked[f"{number}-{place}"] = (path, kind, cmd, payload)
                    self.commands[cmd] += 1
            replies = self.ask({id_: (cmd, payload) for id_, (_, _, cmd, payload) in asked.items()})
            self.documents += ROUND
            self.requests += len(asked)
            answered = Counter(reply["req_id"] for reply in replies)
            self.wrong += [id_ for id_ in asked if answered[id_] != 1]
            for reply in replies:
                code = reply["error"]["code"] if reply["status"] == "error" else "success"
                self.codes[code] += 1
                if code in KILLING and reply["req_id"] in asked:
                    self.keep(code, reply, asked[reply["req_id"]])

    def ask(self, requests: dict[str, tuple[str, dict]]) -> list[dict]:
        """The replies of `tach batch` to these requests."""
        lines = [
            json.dumps({"id": id_, "cmd": cmd, "payload": payload, "timeout_ms": TIMEOUT_MS})
            for id_, (cmd, payload) in requests.items()
        ]
        command = [str(self.tach), "batch", "--workers", str(WORKERS)]
        # As long as it takes when every request meets its deadline.
        longest = START_S + len(lines) * TIMEOUT_MS / 1000 / WORKERS
        done = subprocess.run(  # noqa: S603 - our own program
            command, input="\n".join(lines).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=longest, check=False,
        )  # fmt: skip
        said = [json.loads(line) for line in done.stdout.splitlines()]
        # Progress answers nothing.
        return [message for message in said if "status" in message]

    def keep(self, code: str, reply: dict, asked: tuple[Path, str, str, dict]) -> None:
        """Notes a finding, and copies its document where it is the smallest of its kind."""
        path, kind, cmd, payload = asked
        details = reply["error"].get("details", {})
        how = details.get("signal") or details.get("exit_code") or details.get("class") or ""
        if code == "engine_error":
            # One kind, whatever the document's name.
            how = reply["error"]["message"].replace(path.name, "it").split(":")[0][:80]
        name = f"{code} {how} {cmd}".strip()
        size = path.stat().st_size
        if name in self.smallest and self.smallest[name][0] <= size:
            return
        self.output.mkdir(parents=True, exist_ok=True)
        stem = "-".join("".join(letter if letter.isalnum() else " " for letter in name).split())
        target = self.output / f"{stem}{path.suffix}"
        target.write_bytes(path.read_bytes())
        self.smallest[name] = (size, target, kind, {"cmd": cmd, "payload": payload, "error": reply["error"]})

    def shrink(self) -> None:
        """Takes pieces out of the kept inputs that kill a worker, as long as they still do."""
        for name, (_, path, kind, found) in self.smallest.items():
            if not name.startswith(("worker_crashed", "out_of_memory")):
                continue
            data, part = path.read_bytes(), 2
            for step in itertools.count():
                length = len(data) // part
                if step >= SHRINK_STEPS or length < 8:
                    break
                pieces = [data[:at] + data[at + length :] for at in range(0, len(data), length)]
                smaller = next((piece for piece in pieces if self.kills(path, piece, found)), None)
                if smaller is None:
                    part *= 2
                else:
                    data = smaller
            path.write_bytes(data)
            self.smallest[name] = (len(data), path, kind, found)

    def kills(self, path: Path, data: bytes, found: dict) -> bool:
        """Whether the worker still ends in the same way."""
        path.write_bytes(data)
        payload = {**found["payload"], "file_path": str(path)}
        replies = self.ask({"1": (found["cmd"], payload)})
        return any(reply.get("error", {}).get("code") == found["error"]["code"] for reply in replies)

    def report(self) -> str:
        """What came of it, as Markdown."""
        rows = [
            f"| {name} | {size} | {kind} | `{path.name}` |"
            for name, (size, path, kind, _) in sorted(self.smallest.items())
        ]
        outcome = ", ".join(f"{code} {count}" for code, count in self.codes.most_common())
        asked = ", ".join(f"{cmd} {count}" for cmd, count in self.commands.most_common())
        mutations = ", ".join(f"{kind} {count}" for kind, count in self.kinds.most_common())
        return "\n".join(
            [
                f"seed {self.seed}: {self.documents} documents, {self.requests} requests, {self.codes.total()} replies",
                f"without exactly one reply: {len(self.wrong)} {self.wrong[:5]}",
                f"commands: {asked}",
                f"outcomes: {outcome}",
                f"mutations: {mutations}",
                "",
                "| outcome | bytes | mutation | kept as |",
                "| --- | --- | --- | --- |",
                *rows,
            ]
        )


def main() -> int:
    """Runs rounds until the time is over; exit code 1 where a request did not get exactly one reply."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tach", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--slow-every", type=int, default=1)
    parser.add_argument("--corpus", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    # It says at length what is wrong with a seed that it repairs.
    logging.getLogger("pikepdf").setLevel(logging.CRITICAL)
    found = [path for folder in options.corpus for path in sorted(folder.rglob("*")) if path.is_file()]
    seeds = [
        path for path in found if path.suffix[1:].lower() in ENDINGS and path.stat().st_size <= MAX_SEED_BYTES
    ]
    if not seeds:
        parser.error("no document in the folders of --corpus")
    campaign = Campaign(
        options.tach, options.output / str(options.seed), options.seed, seeds, options.slow_every
    )
    end = time.monotonic() + options.minutes * 60
    for start in itertools.count(0, ROUND):
        campaign.round(start)
        print(f"{campaign.documents} documents, {dict(campaign.codes.most_common(4))}", flush=True)
        if time.monotonic() >= end:
            break
    campaign.shrink()
    report = campaign.report()
    campaign.output.mkdir(parents=True, exist_ok=True)
    (campaign.output / "report.md").write_text(report + "\n", "utf-8")
    print(f"\n{report}\n\n{campaign.output / 'report.md'}")
    return 1 if campaign.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
