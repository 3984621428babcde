"""Tagged PDFs for the tests: structure elements with their text, one line of the page each."""

from __future__ import annotations

from pdf_maker import Pdf

Tree = tuple[str, "str | list[Tree]"]
"""An element's type, and its text or its children."""


def tagged_pdf(trees: list[Tree], loose: tuple[str, ...] = ()) -> bytes:
    """A page with the text of `trees`, tagged, and the lines of `loose`, which no tag holds."""
    pdf = Pdf.with_font()
    root = pdf.add("<<>>")
    content: list[str] = []
    owners: list[int] = []

    def shown(text: str, mark: str) -> None:
        down = 760 - 16 * len(content)
        content.append(f"{mark} BDC BT /F 11 Tf 1 0 0 1 72 {down} Tm ({text}) Tj ET EMC\n")

    def element(tree: Tree, parent: int) -> int:
        kind, inner = tree
        number = pdf.add(b"")
        if isinstance(inner, str):
            kids = str(len(owners))
            shown(inner, f"/{kind} <</MCID {kids}>>")
            owners.append(number)
        else:
            kids = " ".join(f"{element(child, number)} 0 R" for child in inner)
        # The page is added last of all, right behind the elements.
        pdf.objects[number] = f"<</Type/StructElem/S/{kind}/P {parent} 0 R/Pg PAGE/K[{kids}]>>".encode()
        return number

    kids = " ".join(f"{element(tree, root)} 0 R" for tree in trees)
    for text in loose:
        shown(text, "/Span <<>>")
    page = pdf.page("".join(content), (612.0, 792.0), "/StructParents 0")
    marked = " ".join(f"{owner} 0 R" for owner in owners)
    for number, body in pdf.objects.items():
        pdf.objects[number] = body.replace(b"/Pg PAGE", f"/Pg {page} 0 R".encode())
    parents = pdf.add(f"<</Nums[0[{marked}]]>>")
    pdf.objects[root] = f"<</Type/StructTreeRoot/K[{kids}]/ParentTree {parents} 0 R>>".encode()
    pdf.catalog = f"/MarkInfo<</Marked true>>/StructTreeRoot {root} 0 R"
    return pdf.build()
