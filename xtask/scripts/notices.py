"""Writes THIRD-PARTY-NOTICES.txt and sbom.cdx.json (CycloneDX) into a bundle: each Python package and crate in it.

Fails where a part has no licence text and its licence is not one whose text stands by itself.

Usage: notices.py PROJECT BUNDLE PACKAGES METADATA, the last being what `cargo metadata` printed for the target.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

PROGRAMS = ("tach-cli", "tach-host-shim")
TEXT_NAME = re.compile(
    r"^(licen[cs]e|copying|copyright|notice|third-?party-?notices|unlicense)", re.IGNORECASE
)
NOT_TEXT = {".py", ".pyc", ".rs", ".json", ".toml", ".html"}


@dataclass
class Part:
    """One package, crate or program in a bundle."""

    kind: str
    """Type of a package URL: `pypi`, `cargo` or `generic`."""
    name: str
    version: str
    licence: str
    """An SPDX expression, or what its makers wrote instead."""
    authors: str = ""
    texts: list[str] = field(default_factory=list)


def python_parts(packages: Path) -> list[Part]:
    """The distributions in a folder of packages."""
    found = {dist.name.lower(): dist for dist in distributions(path=[str(packages)])}
    return [_python_part(found[name]) for name in sorted(found)]


def _python_part(dist: Distribution) -> Part:
    meta = dist.metadata
    classifiers = [
        line.rpartition(" :: ")[2] for line in meta.get_all("Classifier", []) if line.startswith("License")
    ]
    written = (meta.get("License") or "").strip()
    short = written if written and "\n" not in written and len(written) < 80 else ""
    licence = meta.get("License-Expression") or short or ", ".join(classifiers) or "unknown"
    files = [file for file in dist.files or [] if TEXT_NAME.match(file.name) and file.suffix not in NOT_TEXT]
    paths = sorted({Path(str(dist.locate_file(file))) for file in files})
    texts = [path.read_text("utf-8", "replace") for path in paths if path.is_file()]
    if not texts and "\n" in written:
        texts = [written]
    authors = meta.get("Author") or meta.get("Author-email") or meta.get("Maintainer") or ""
    return Part("pypi", dist.name, dist.version, licence, authors, texts)


def rust_parts(metadata: dict) -> list[Part]:
    """The crates that the programs are linked from, by `cargo metadata`."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    wanted = [id_ for id_, package in packages.items() if package["name"] in PROGRAMS]
    seen = set()
    while wanted:
        id_ = wanted.pop()
        if id_ in seen:
            continue
        seen.add(id_)
        linked = (it for it in nodes[id_]["deps"] if any(kind["kind"] is None for kind in it["dep_kinds"]))
        wanted.extend(dependency["pkg"] for dependency in linked)
    external = [packages[id_] for id_ in seen if packages[id_]["source"] is not None]
    return [_rust_part(package) for package in sorted(external, key=lambda it: (it["name"], it["version"]))]


def _rust_part(package: dict) -> Part:
    folder = Path(package["manifest_path"]).parent
    paths = {path for path in folder.iterdir() if TEXT_NAME.match(path.name) and path.suffix not in NOT_TEXT}
    if package["license_file"]:
        paths.add(folder / package["license_file"])
    texts = [path.read_text("utf-8", "replace") for path in sorted(paths) if path.is_file()]
    licence = (package["license"] or "unknown").replace("/", " OR ")
    return Part("cargo", package["name"], package["version"], licence, ", ".join(package["authors"]), texts)


def python_itself(bundle: Path) -> Part:
    """CPython, whose licence is in its library's folder or in Debian's documentation."""
    named = [*bundle.glob("python/LICENSE.txt"), *bundle.glob("python/lib/python3.*/LICENSE.txt")]
    major, minor = sys.version_info[:2]
    texts = [*named, Path(f"/usr/share/doc/python{major}.{minor}/copyright")]
    text = next((path.read_text("utf-8", "replace") for path in texts if path.is_file()), "")
    return Part("generic", "cpython", f"{major}.{minor}", "PSF-2.0", "", [text] if text else [])


def completed(part: Part, project: Path) -> Part:
    """The part with a text; its licence's own where its makers give none.

    Raises SystemExit where there is none, and where the GPL or AGPL is the only licence.
    """
    if re.search(r"\bA?GPL", part.licence) and " OR " not in part.licence:
        raise SystemExit(f"{part.name} {part.version} is under {part.licence}, which must not be in a bundle")
    if not part.texts:
        if re.search(r"\bApache\b", part.licence, re.IGNORECASE):
            part.texts = [(project / "LICENSE-APACHE").read_text("utf-8")]
        elif re.search(r"\bMIT\b", part.licence):
            ours = (project / "LICENSE-MIT").read_text("utf-8")
            terms = ours[ours.index("Permission is hereby granted") :]
            part.texts = [f"Copyright (c) {part.authors or 'the authors of ' + part.name}\n\n{terms}"]
        else:
            raise SystemExit(f"{part.name} {part.version} ({part.licence}) has no licence text")
    return part


def notices(parts: list[Part]) -> str:
    """Each text once, under the parts that it covers."""
    covered: dict[str, list[str]] = {}
    for part in parts:
        for text in part.texts:
            key = "\n".join(line.rstrip() for line in text.strip().splitlines())
            covered.setdefault(key, []).append(f"{part.name} {part.version} ({part.licence})")
    head = (
        "This bundle contains the following parts by others, each under the licence given below its name.\n"
    )
    sections = [
        f"{'=' * 80}\n" + "\n".join(dict.fromkeys(names)) + f"\n\n{text}\n" for text, names in covered.items()
    ]
    return "\n".join([head, *sections])


def bill_of_materials(parts: list[Part]) -> str:
    """The parts as a CycloneDX 1.6 document."""
    factory = LicenseFactory()
    bom = Bom()
    for part in parts:
        url = PackageURL(part.kind, None, part.name, part.version)
        bom.components.add(
            Component(
                name=part.name,
                version=part.version,
                type=ComponentType.LIBRARY,
                purl=url,
                bom_ref=str(url),
                licenses=[factory.make_from_string(part.licence)],
            )
        )
    return JsonV1Dot6(bom).output_as_string(indent=1)


def main(project: Path, bundle: Path, packages: Path, metadata: Path) -> None:
    """Writes the two files."""
    rust = Part("generic", "rust-standard-library", "stable", "MIT OR Apache-2.0")
    found = [
        python_itself(bundle),
        rust,
        *python_parts(packages),
        *rust_parts(json.loads(metadata.read_text("utf-8"))),
    ]
    parts = [completed(part, project) for part in found if part.name.lower() != "pyworker"]
    (bundle / "THIRD-PARTY-NOTICES.txt").write_text(notices(parts), "utf-8")
    (bundle / "sbom.cdx.json").write_text(bill_of_materials(parts), "utf-8")
    for name in ("LICENSE-APACHE", "LICENSE-MIT"):
        (bundle / name).write_bytes((project / name).read_bytes())
    print(f"{len(parts)} parts by others in THIRD-PARTY-NOTICES.txt and sbom.cdx.json")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
