// What the worker found on the page, drawn over it.

import { follow, run } from "./api.js";
import { chosen } from "./layers.js";
import { view } from "./viewer.js";

const marks = document.getElementById("marks");
const SPACE = "http://www.w3.org/2000/svg";

const finders = {
  tables: async (place) => (await run("parse_table", place)).tables.map((table) => ({ bbox: table.bbox })),
  lines: async (place) => (await run("extract_text", place)).lines.map((line) => ({ bbox: line.bbox })),
  structure: async ({ file_path, page_index, layers }, step) => {
    const document = await follow("convert", { file_path, page_range: [page_index, page_index], layers }, step);
    const items = ["texts", "tables", "pictures"].flatMap((list) => document[list] ?? []);
    return items.flatMap((item) => (item.prov ?? []).map(({ bbox: { l, t, r, b, coord_origin } }) => {
      const top = coord_origin === "BOTTOMLEFT" ? view.height - t : t;
      return { bbox: [l, top, r - l, Math.abs(b - t)], label: item.label };
    }));
  },
};

// Draws what was asked for of the page in sight; earlier results of the page are kept.
let found = new Map();
export const forget = () => ((found = new Map()), marks.replaceChildren());

export async function overlay(kinds, step) {
  const place = { file_path: view.file, page_index: view.page, layers: chosen() };
  const own = found;
  for (const kind of kinds) {
    if (!own.has(kind)) own.set(kind, finders[kind](place, step).catch((error) => (own.delete(kind), Promise.reject(error))));
    await own.get(kind);
    // Another page or other layers came meanwhile.
    if (own !== found) return;
  }
  marks.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
  marks.replaceChildren();
  for (const kind of kinds) {
    for (const { bbox: [x, y, width, height], label } of await found.get(kind)) {
      const rectangle = document.createElementNS(SPACE, "rect");
      for (const [name, value] of Object.entries({ x, y, width, height, class: kind })) rectangle.setAttribute(name, value);
      if (label) rectangle.append(Object.assign(document.createElementNS(SPACE, "title"), { textContent: label }));
      marks.append(rectangle);
    }
  }
}
