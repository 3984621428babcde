// What is in a box: the crop, its text, its table, and how to ask for it again.

import { picture, run } from "./api.js";
import { chosen } from "./layers.js";
import { word } from "./words.js";

const element = (id) => document.getElementById(id);
const DPI = 150;
let number = 0;

// A table of docling-core's TableData, made of text only.
function tableOf(data) {
  const rows = Array.from({ length: data.num_rows }, () => document.createElement("tr"));
  const cells = [...data.table_cells].sort((one, other) => one.start_col_offset_idx - other.start_col_offset_idx);
  for (const cell of cells) {
    const made = document.createElement(cell.column_header || cell.row_header ? "th" : "td");
    Object.assign(made, { textContent: cell.text, rowSpan: cell.row_span, colSpan: cell.col_span });
    rows[cell.start_row_offset_idx]?.append(made);
  }
  const table = document.createElement("table");
  table.append(...rows);
  return table;
}

// A word of a shell command.
const quoted = (text) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export function recipes(name, page, bbox, layers) {
  const switched = (layers ?? []).map((layer) => ` --layer ${quoted(layer)}`).join("");
  const setter = layers ? `.layers(vec![${layers.map((layer) => `${JSON.stringify(layer)}.to_owned()`).join(", ")}])` : "";
  const path = JSON.stringify(name);
  const numbers = bbox.map((value) => (Number.isInteger(value) ? `${value}.0` : `${value}`)).join(", ");
  return {
    json: JSON.stringify({ page_index: page, bbox, coord_origin: "TOPLEFT", dpi: DPI, layers }),
    // The command has no word for a page without any of its layers.
    command: layers?.length === 0 ? "–" : `tach crop ${quoted(name)} --page ${page + 1} --bbox ${bbox.join(",")} --dpi ${DPI}${switched} -o evidence.png`,
    rust: `supervisor.extract_evidence(ExtractEvidence::new(${path}, ${page}, Bbox::new(${numbers})).dpi(${DPI}.0)${setter}).await?`,
  };
}

// Asks for all three at once and shows each as it comes. Gives the crop and its text, or null where another box came after.
export async function show(document_, page, bbox, onError) {
  const own = ++number;
  const layers = chosen();
  const place = { file_path: document_.file_path, page_index: page, bbox, layers };
  element("result").hidden = false;
  for (const [id, text] of Object.entries(recipes(document_.shown, page, bbox, layers))) element(id).textContent = text;
  for (const id of ["text", "table"]) element(id).textContent = "…";
  const current = (action) => (value) => (own === number ? action(value) : undefined);
  const crop = picture({ ...place, dpi: DPI }, "image/png").then(current(({ blob }) => {
    const image = element("crop");
    if (image.src) URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(blob);
    return blob;
  }));
  const text = run("extract_text", place).then(current(({ text }) => {
    element("text").textContent = text || word("none");
    element("crop").alt = text;
    return text;
  }));
  const table = run("parse_table", place).then(current(({ tables }) => {
    element("table").replaceChildren(...(tables.length ? tables.map((table) => tableOf(table.data)) : [word("none")]));
  }));
  const [cut, read] = await Promise.allSettled([crop, text, table]);
  if (own !== number) return null;
  for (const [id, promise] of [["text", text], ["table", table]]) promise.catch((error) => (element(id).textContent = `${error.code}: ${error.message}`));
  if (cut.status === "rejected") return onError(cut.reason), null;
  return { blob: cut.value, text: read.value ?? "", dpi: DPI, layers };
}
