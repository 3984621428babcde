"""convert for e-mail: headers, plain and HTML bodies; attachments stay in the file, and nothing is fetched."""

import http.server
import json
import threading
from email.message import EmailMessage

import pytest
from msg_maker import outlook_message
from test_convert_files import convert, lean  # noqa: F401 (a fixture)

# Docling's and its libraries' own deprecations are not this project's to fail on.
pytestmark = pytest.mark.filterwarnings("ignore")


def letter(plain: str | None = None, html: str | None = None, attachment: bytes | None = None) -> bytes:
    """A message with one body or two, and an attachment."""
    message = EmailMessage()
    message["From"] = "Nguyễn An <an@example.org>"
    message["To"] = "b@example.org"
    message["Subject"] = "Biên bản nghiệm thu"
    message["Date"] = "Fri, 06 Mar 2026 09:30:00 +0700"
    if plain is not None:
        message.set_content(plain)
    if html is not None:
        (message.add_alternative if plain is not None else message.set_content)(html, subtype="html")
    if attachment is not None:
        message.add_attachment(attachment, maintype="text", subtype="plain", filename="../../costs.txt")
    return message.as_bytes()


@pytest.fixture
def asked(monkeypatch):
    """A server on this machine, as (address, what was asked of it)."""
    # Docling never asks addresses of this machine; here they are as good as those of others.
    monkeypatch.setattr("docling.backend.utils.image_resource_loader._ip_is_restricted", lambda _: False)
    paths = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join()
    server.server_close()


def test_headers_and_the_plain_body_are_read_and_an_attachment_is_not(lean, tmp_path):  # noqa: F811
    folder = tmp_path / "deep" / "mail"
    folder.mkdir(parents=True)
    path = folder / "letter.eml"
    path.write_bytes(letter("Khối lượng: 12,5 m3.\n\nTrân trọng.\n", attachment=b"a private secret"))
    document = convert(lean, path)
    texts = [item.text for item in document.texts]
    assert "Biên bản nghiệm thu" in texts[0]
    assert "Khối lượng: 12,5 m3." in texts and "Trân trọng." in texts
    found = json.dumps(document.export_to_dict(), ensure_ascii=False)
    assert "Nguyễn An <an@example.org>" in found and "2026-03-06" in found
    assert "secret" not in found
    assert [item.name for item in tmp_path.rglob("*") if item.is_file()] == ["letter.eml"]


def test_an_html_body_is_read_and_its_picture_is_not_fetched(lean, tmp_path, asked):  # noqa: F811
    address, paths = asked
    body = f'<p>Bê tông B25.</p><img src="{address}/seen.png"><img src="file:///etc/hostname">'
    path = tmp_path / "letter.eml"
    path.write_bytes(letter(html=body))
    assert "Bê tông B25." in convert(lean, path, format="markdown")
    assert "Bê tông B25." in convert(lean, path, format="markdown", images="embedded")
    assert paths == []


def test_a_message_of_outlook_is_read(lean, tmp_path):  # noqa: F811
    path = tmp_path / "letter.msg"
    path.write_bytes(outlook_message("Biên bản", "Khối lượng: 12,5 m3."))
    found = convert(lean, path, format="markdown")
    assert "Biên bản" in found and "Khối lượng: 12,5 m3." in found
