// One page as tiles: only what is in sight is asked for, at the resolution in sight.

import { picture } from "./api.js";
import { chosen } from "./layers.js";

const TILE = 512;
const AT_A_TIME = 3;
const KEPT = 200;
const [MIN_DPI, MAX_DPI] = [18, 1200];

const viewer = document.getElementById("viewer");
const sheet = document.getElementById("sheet");
const tiles = document.getElementById("tiles");
const backdrop = document.getElementById("backdrop");

// `scale` is CSS pixels a point.
export const view = { file: null, page: 0, width: 0, height: 0, scale: 1 };

// `pages` counts pages shown, `generation` also changes of the scale: what was asked for before is passed over.
let pages = 0;
let generation = 0;
let running = 0;
let queue = [];
let shown = new Map();
// While a page's first picture is on its way no tile is: on a page that is slow to draw they would only make it late.
let held = false;
let onError = () => {};
export const failed = (handler) => (onError = handler);

const dpiFor = (scale) => Math.min(MAX_DPI, Math.max(MIN_DPI, 72 * scale * devicePixelRatio));
const release = (image) => image.src && URL.revokeObjectURL(image.src);

// Shows a page, at a scale or so that it fits.
export async function show(file, page, size, scale) {
  Object.assign(view, { file, page, width: size.width, height: size.height });
  release(backdrop);
  backdrop.removeAttribute("src");
  held = true;
  zoom(scale ?? fitting());
  viewer.scrollTo(0, 0);
  await ground();
}

// Draws the same place anew, as after a switch of layers.
export async function redraw() {
  if (!view.file) return;
  zoom(view.scale);
  await ground();
}

// Puts the whole page behind the tiles.
async function ground() {
  pages += 1;
  const own = pages;
  const { file, page } = view;
  const size = { width: view.width, height: view.height };
  const whole = [0, 0, size.width, size.height];
  // A whole page that is sharp enough for a first look, at most some 1,000 pixels high or wide.
  const dpi = Math.max(MIN_DPI, Math.min(dpiFor(view.scale), (72 * 1000) / Math.max(size.width, size.height)));
  try {
    const blob = await picture({ file_path: file, page_index: page, bbox: whole, dpi, layers: chosen() });
    if (own !== pages) return;
    release(backdrop);
    backdrop.src = URL.createObjectURL(blob);
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
  const next = Math.min(MAX_DPI / 72, Math.max(0.05, scale));
  const at = [(viewer.scrollLeft + anchor[0]) / view.scale, (viewer.scrollTop + anchor[1]) / view.scale];
  view.scale = next;
  sheet.style.width = `${view.width * next}px`;
  sheet.style.height = `${view.height * next}px`;
  for (const image of shown.values()) release(image);
  shown = new Map();
  queue = [];
  tiles.replaceChildren();
  generation += 1;
  viewer.scrollTo(at[0] * next - anchor[0], at[1] * next - anchor[1]);
  look();
  viewer.dispatchEvent(new Event("zoomed"));
}

// Asks for the tiles in sight that are not there yet; those that went out of sight before their turn are not asked for.
function look() {
  if (!view.file || held) return;
  const box = sheet.getBoundingClientRect();
  const frame = viewer.getBoundingClientRect();
  const from = [Math.max(0, frame.left - box.left), Math.max(0, frame.top - box.top)];
  const to = [Math.min(box.width, frame.right - box.left), Math.min(box.height, frame.bottom - box.top)];
  queue = [];
  for (let row = Math.floor(from[1] / TILE); row * TILE < to[1]; row += 1) {
    for (let column = Math.floor(from[0] / TILE); column * TILE < to[0]; column += 1) {
      if (!shown.has(`${row}/${column}`)) queue.push([row, column]);
    }
  }
  pump();
}

function pump() {
  while (running < AT_A_TIME && queue.length > 0) {
    const [row, column] = queue.shift();
    running += 1;
    load(row, column).finally(() => {
      running -= 1;
      pump();
    });
  }
}

async function load(row, column) {
  const own = generation;
  const size = TILE / view.scale;
  const [x, y] = [column * size, row * size];
  const bbox = [x, y, Math.min(size, view.width - x), Math.min(size, view.height - y)];
  if (bbox[2] <= 0.01 || bbox[3] <= 0.01) return;
  const image = new Image();
  shown.set(`${row}/${column}`, image);
  try {
    const blob = await picture({ file_path: view.file, page_index: view.page, bbox, dpi: dpiFor(view.scale), quality: 90, layers: chosen() });
    if (own !== generation) return;
    image.src = URL.createObjectURL(blob);
    image.alt = "";
    Object.assign(image.style, {
      left: `${x * view.scale}px`, top: `${y * view.scale}px`, width: `${bbox[2] * view.scale}px`, height: `${bbox[3] * view.scale}px`,
    });
    tiles.append(image);
    forget();
  } catch (error) {
    if (own !== generation) return;
    shown.delete(`${row}/${column}`);
    onError(error);
  }
}

// The oldest tiles leave the memory.
function forget() {
  for (const [key, image] of shown) {
    if (shown.size <= KEPT) return;
    release(image);
    image.remove();
    shown.delete(key);
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
  const dpi = Math.max(MIN_DPI, (72 * 200) / Math.max(width, height));
  return URL.createObjectURL(await picture({ file_path: file, page_index: page, bbox: [0, 0, width, height], dpi }));
}
