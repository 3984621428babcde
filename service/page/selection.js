// Dragging a box over the page. Boxes are [x, y, width, height] in points from the upper left corner.

import { view } from "./viewer.js";

const sheet = document.getElementById("sheet");
const mark = document.getElementById("selection");
const SMALLEST = 4;
let start = null;
let box = null;

const rounded = (value) => Math.round(value * 100) / 100;

function at(event) {
  const frame = sheet.getBoundingClientRect();
  const within = (value, most) => Math.min(most, Math.max(0, value));
  return [within((event.clientX - frame.left) / view.scale, view.width), within((event.clientY - frame.top) / view.scale, view.height)];
}

const between = ([x1, y1], [x2, y2]) => [Math.min(x1, x2), Math.min(y1, y2), Math.abs(x1 - x2), Math.abs(y1 - y2)].map(rounded);

// The box that is drawn, if any.
export const drawn = () => box;

// Draws the box, or takes it away where there is none.
export function draw(bbox) {
  box = bbox;
  mark.hidden = !bbox;
  if (!bbox) return;
  const [left, top, width, height] = bbox.map((value) => `${value * view.scale}px`);
  Object.assign(mark.style, { left, top, width, height });
}

export function dragged(handler) {
  sheet.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !view.file) return;
    sheet.setPointerCapture(event.pointerId);
    start = at(event);
    draw(null);
  });
  sheet.addEventListener("pointermove", (event) => start && draw(between(start, at(event))));
  sheet.addEventListener("pointerup", (event) => {
    if (!start) return;
    const bbox = between(start, at(event));
    start = null;
    if (bbox[2] * view.scale < SMALLEST || bbox[3] * view.scale < SMALLEST) return draw(null);
    draw(bbox);
    handler(bbox);
  });
  sheet.addEventListener("pointercancel", () => ((start = null), draw(null)));
  document.getElementById("viewer").addEventListener("zoomed", () => draw(box));
}
