// The list of evidence: collected, named, reordered, and saved so that anyone can check it.

import { word } from "./words.js";
import { zip } from "./zip.js";

const list = document.getElementById("list");
const entries = [];

function button(text, label, action) {
  const made = Object.assign(document.createElement("button"), { textContent: text, type: "button", title: word(label) });
  made.setAttribute("aria-label", word(label));
  made.addEventListener("click", action);
  return made;
}

function move(entry, by) {
  const from = entries.indexOf(entry);
  const to = from + by;
  if (to < 0 || to >= entries.length) return;
  entries.splice(from, 1);
  entries.splice(to, 0, entry);
  render();
}

export function render() {
  list.replaceChildren(...entries.map((entry) => {
    const item = document.createElement("li");
    const name = Object.assign(document.createElement("input"), { value: entry.name });
    name.setAttribute("aria-label", word("name"));
    name.addEventListener("input", () => (entry.name = name.value));
    const image = Object.assign(new Image(), { src: entry.url, alt: entry.text || entry.name });
    const place = `${entry.file}, ${word("page").toLowerCase()} ${entry.page}, [${entry.bbox.join(", ")}] pt, SHA-256 ${entry.sha256}`;
    const told = Object.assign(document.createElement("small"), { textContent: place });
    item.append(name, image, told, document.createElement("br"),
      button("↑", "up", () => move(entry, -1)), button("↓", "down", () => move(entry, 1)),
      button("×", "remove", () => {
        entries.splice(entries.indexOf(entry), 1);
        URL.revokeObjectURL(entry.url);
        render();
      }));
    return item;
  }));
  for (const id of ["zip", "print"]) document.getElementById(id).disabled = entries.length === 0;
  document.getElementById("folder").disabled = entries.length === 0 || !window.showDirectoryPicker;
}

// `entry`: file, sha256, page (from 1), bbox, dpi, text, blob (PNG).
export function add(entry) {
  entries.push({ ...entry, name: `${entries.length + 1}`, url: URL.createObjectURL(entry.blob) });
  render();
}

// Names that every system takes; the number keeps them apart and in order.
const fileName = (entry, at) => `${String(at + 1).padStart(3, "0")} ${entry.name.replace(/[^\p{L}\p{N} ._-]/gu, "_").slice(0, 80)}.png`;

async function files() {
  const told = entries.map(({ name, file, sha256, page, bbox, dpi, layers, text }, at) => ({
    picture: fileName(entries[at], at), name, file, sha256, page, page_index: page - 1, bbox, coord_origin: "TOPLEFT", dpi, layers, text,
  }));
  const pictures = await Promise.all(entries.map(async (entry, at) => [fileName(entry, at), new Uint8Array(await entry.blob.arrayBuffer())]));
  return [["evidence.json", new TextEncoder().encode(JSON.stringify(told, null, 2) + "\n")], ...pictures];
}

export async function saveZip() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(zip(await files()));
  link.download = "evidence.zip";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export async function saveFolder() {
  const folder = await window.showDirectoryPicker({ mode: "readwrite" });
  for (const [name, bytes] of await files()) {
    const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
    await file.write(bytes);
    await file.close();
  }
}
