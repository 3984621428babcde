// One page: a picture of the whole of it, and over it tiles of what is in sight where that picture is too coarse.

import { picture } from "./api.js";
import { chosen } from "./layers.js";

const TILE = 512;
// Tiles that one picture may hold: all that a window shows, as a rule. A page that is slow to draw is then drawn once for them,
// and pictures are asked for one after the other, so that one worker has the page.
const TILES_AT_ONCE = 8;
const KEPT = 200;
const [MIN_DPI, MAX_DPI] = [18, 1200];
// Longest side in pixels of the picture of the whole page.
const WHOLE = 1500;
// Tiles have resolutions a step apart, so that a small change of the scale needs no others.
const STEP = Math.SQRT2;
// A picture of fewer pixels than the screen's by this much looks the same.
const SAME = 1.01;

const viewer = document.getElementById("viewer");
const sheet = document.getElementById("sheet");
const tiles = document.getElementById("tiles");
const backdrop = document.getElementById("backdrop");

// `scale` is CSS pixels a point.
export const view = { file: null, page: 0, width: 0, height: 0, scale: 1 };

// `pages` counts pages shown, `generation` also changes of the tiles' resolution: what was asked for before is passed over.
let pages = 0;
let generation = 0;
let running = false;
let queue = [];
// Of the picture of the whole page, and of the tiles.
let [wholeDpi, tileDpi] = [0, 0];
// The picture that covers each tile, by "row/column", and those of the resolution before, which stay until these have come.
let shown = new Map();
let before = [];
// While a page's first picture is on its way no tile is: on a page that is slow to draw they would only make it late.
let held = false;
let waiting = [];
let onError = () => {};
export const failed = (handler) => (onError = handler);

const bounded = (dpi) => Math.min(MAX_DPI, Math.max(MIN_DPI, dpi));
const dpiFor = (scale) => bounded(72 * scale * devicePixelRatio);
const step = (dpi) => bounded(72 * STEP ** Math.ceil(Math.log(dpi / SAME / 72) / Math.log(STEP)));
const release = (image) => image.src && URL.revokeObjectURL(image.src);

// Resolves when no picture of this page is on its way.
export const rest = () => new Promise((resolve) => (waiting.push(resolve), tell()));

function tell() {
  if (held || running || queue.length > 0) return;
  for (const resolve of waiting.splice(0)) resolve();
}

// Shows a page, so that it fits. `size` is in points, null where the page has none; `first` is its first picture, where that was
// asked for already: a promise of { blob, dpi }.
export async function show(file, page, size, first) {
  const { width, height } = size ?? { width: 0, height: 0 };
  Object.assign(view, { file: width > 0 && height > 0 ? file : null, page, width, height });
  release(backdrop);
  backdrop.removeAttribute("src");
  held = true;
  wholeDpi = 0;
  clear();
  zoom(fitting());
  viewer.scrollTo(0, 0);
  await ground(first ?? whole(file, page));
}

// Draws the same place anew, as after a switch of layers.
export async function redraw() {
  if (!view.file) return;
  clear();
  await ground(whole(view.file, view.page));
}

async function whole(file, page) {
  // A page without a size is asked for too: the reply says what is wrong with it.
  const [width, height] = [view.width || 1, view.height || 1];
  const dpi = bounded(Math.min(dpiFor(view.scale), (72 * WHOLE) / Math.max(width, height)));
  const { blob } = await picture({ file_path: file, page_index: page, bbox: [0, 0, width, height], dpi, quality: 90, layers: chosen() });
  return { blob, dpi };
}

// Puts the whole page behind the tiles.
async function ground(first) {
  pages += 1;
  const own = pages;
  held = true;
  try {
    const { blob, dpi } = await first;
    if (own !== pages) return;
    release(backdrop);
    backdrop.src = URL.createObjectURL(blob);
    wholeDpi = dpi;
  } catch (error) {
    if (own === pages) onError(error);
  } finally {
    if (own === pages) {
      held = false;
      look();
    }
  }
}

export function fitting() {
  return Math.min((viewer.clientWidth - 24) / view.width, (viewer.clientHeight - 24) / view.height);
}

// Changes the scale; the point of the page at `anchor` (viewer pixels) stays where it is.
export function zoom(scale, anchor = [viewer.clientWidth / 2, viewer.clientHeight / 2]) {
  if (!view.file) return;
  const next = Math.min(MAX_DPI / 72, Math.max(0.05, scale));
  const at = [(viewer.scrollLeft + anchor[0]) / view.scale, (viewer.scrollTop + anchor[1]) / view.scale];
  view.scale = next;
  sheet.style.width = `${view.width * next}px`;
  sheet.style.height = `${view.height * next}px`;
  viewer.scrollTo(at[0] * next - anchor[0], at[1] * next - anchor[1]);
  look();
  viewer.dispatchEvent(new Event("zoomed"));
}

function drop(images) {
  for (const image of [...images]) {
    release(image);
    image.remove();
  }
}

// Tiles of another resolution: those that are shown stay below until the new ones have come.
function change(dpi) {
  before = [...tiles.children];
  shown = new Map();
  queue = [];
  tileDpi = dpi;
  generation += 1;
}

function clear() {
  change(0);
  drop(before);
  before = [];
}

// Asks for the tiles in sight that are not there yet; those that went out of sight before their turn are not asked for.
function look() {
  if (held) return;
  if (!view.file) return tell();
  const needed = dpiFor(view.scale);
  const dpi = wholeDpi * SAME >= needed ? 0 : step(needed);
  if (dpi !== tileDpi) change(dpi);
  queue = dpi > 0 ? missing(tileSide() * view.scale) : [];
  pump();
}

// In points.
const tileSide = () => (TILE * 72) / tileDpi;

// Blocks of tiles in sight that are not there yet; `side` is a tile's in CSS pixels.
function missing(side) {
  const box = sheet.getBoundingClientRect();
  const frame = viewer.getBoundingClientRect();
  const [left, top] = [Math.max(0, frame.left - box.left), Math.max(0, frame.top - box.top)];
  const [right, bottom] = [Math.min(box.width, frame.right - box.left), Math.min(box.height, frame.bottom - box.top)];
  const blocks = [];
  for (let row = Math.floor(top / side); row * side < bottom; row += 1) {
    let run = null;
    for (let column = Math.floor(left / side); column * side < right; column += 1) {
      if (shown.has(`${row}/${column}`)) run = null;
      else if (run && run.columns < TILES_AT_ONCE) run.columns += 1;
      else blocks.push((run = { row, column, rows: 1, columns: 1 }));
    }
  }
  const joined = [];
  for (const block of blocks) {
    const above = joined.find(({ row, column, rows, columns }) =>
      column === block.column && columns === block.columns && row + rows === block.row && (rows + 1) * columns <= TILES_AT_ONCE);
    if (above) above.rows += 1;
    else joined.push(block);
  }
  return joined;
}

function pump() {
  if (running) return;
  const block = queue.shift();
  if (block) {
    running = true;
    load(block).finally(() => {
      running = false;
      pump();
    });
    return;
  }
  drop(before);
  before = [];
  tell();
}

async function load({ row, column, rows, columns }) {
  const own = generation;
  const side = tileSide();
  const [x, y] = [column * side, row * side];
  const bbox = [x, y, Math.min(columns * side, view.width - x), Math.min(rows * side, view.height - y)];
  const image = Object.assign(new Image(), { alt: "" });
  const places = Array.from({ length: rows * columns }, (_, at) => `${row + Math.floor(at / columns)}/${column + (at % columns)}`);
  for (const place of places) shown.set(place, image);
  if (bbox[2] <= 0.01 || bbox[3] <= 0.01) return;
  try {
    const { blob } = await picture({ file_path: view.file, page_index: view.page, bbox, dpi: tileDpi, quality: 90, layers: chosen() });
    if (own !== generation) return;
    image.src = URL.createObjectURL(blob);
    const share = (length, of) => `${(100 * length) / of}%`;
    const [left, width] = [share(x, view.width), share(bbox[2], view.width)];
    const [top, height] = [share(y, view.height), share(bbox[3], view.height)];
    Object.assign(image.style, { left, top, width, height });
    await image.decode().catch(() => {});
    if (own !== generation) return release(image);
    tiles.append(image);
    forget();
  } catch (error) {
    if (own !== generation) return;
    for (const place of places) shown.delete(place);
    onError(error);
  }
}

// The oldest tiles leave the memory.
function forget() {
  for (const image of [...new Set(shown.values())]) {
    if (shown.size <= KEPT) return;
    drop([image]);
    for (const [place, other] of [...shown]) if (other === image) shown.delete(place);
  }
}

viewer.addEventListener("scroll", look, { passive: true });
new ResizeObserver(look).observe(viewer);
viewer.addEventListener("wheel", (event) => {
  if (!event.ctrlKey || !view.file) return;
  event.preventDefault();
  const frame = viewer.getBoundingClientRect();
  zoom(view.scale * (event.deltaY < 0 ? 1.2 : 1 / 1.2), [event.clientX - frame.left, event.clientY - frame.top]);
}, { passive: false });

// A small picture of a page as an address.
export async function thumbnail(file, page, { width, height }) {
  const dpi = bounded((72 * 200) / Math.max(width, height));
  const { blob } = await picture({ file_path: file, page_index: page, bbox: [0, 0, width, height], dpi });
  return URL.createObjectURL(blob);
}
