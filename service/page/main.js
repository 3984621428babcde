// Opens documents, and connects what a person does with what is shown.

import { asked, describe, run, upload } from "./api.js";
import * as evidence from "./evidence.js";
import { early, firstPage } from "./first.js";
import { offer } from "./layers.js";
import { forget, overlay } from "./overlays.js";
import * as result from "./result.js";
import { draw, dragged, drawn } from "./selection.js";
import { failed, fitting, redraw, rest, show, thumbnail, view, zoom } from "./viewer.js";
import { otherLanguage, translate, word } from "./words.js";

const element = (id) => document.getElementById(id);
let open = null;
// Of several documents asked for at once the last one is shown.
let newest = null;
let cut = null;

// Counts what was said: what comes late does not overwrite something newer.
let said = 0;
function say(text, isError = false) {
  said += 1;
  element("status").textContent = text;
  element("status").classList.toggle("error", isError);
}

const complain = (error) => say(error.code ? `${error.code}: ${error.message}` : String(error), true);
failed(complain);

// The first picture comes first. What else is known of the document is asked for when what is in sight has come: one worker then
// has the document, and a sheet that is slow to draw is not read by two.
async function openPath(path, shown, first = firstPage(path)) {
  say(word("working"));
  const turn = said;
  const name = shown ?? path.split(/[\\/]/).pop();
  const own = { file_path: path, shown: shown ?? path, name, pages: [] };
  newest = own;
  const enter = (size) => {
    open = own;
    document.title = `${name} – TachFileTo`;
    element("welcome").hidden = true;
    element("thumbnails").replaceChildren();
    offer(null, switched);
    draw(null);
    forget();
    return show(path, 0, size, first);
  };
  try {
    const picture = await first.catch(() => null);
    if (newest !== own) return;
    if (picture) {
      await enter(picture.size);
      await rest();
    }
    const info = await run("document_info", { file_path: path });
    if (newest !== own) return;
    // The document can be read and its first page cannot: that is said, and others may be looked at.
    if (!picture) await enter(info.pages[0]);
    own.pages = info.pages;
    element("page").value = 1;
    element("page").max = info.page_count;
    element("count").textContent = `/ ${info.page_count}`;
    offer(info.layers, switched);
    thumbnails(picture);
    settled(0, turn);
  } catch (error) {
    if (newest === own) complain(error);
  }
}

async function goTo(page) {
  if (!open || page < 0 || page >= open.pages.length) return;
  draw(null);
  forget();
  element("page").value = page + 1;
  mark(page);
  const turn = said;
  await show(open.file_path, page, open.pages[page]);
  settled(page, turn);
}

// A page's first picture is there: what else is to be seen of it can be asked for.
function settled(page, turn) {
  if (view.page !== page) return;
  if (turn === said) say(word("pageOf")(page + 1, open.pages.length));
  overlays();
}

function mark(page) {
  for (const [at, item] of [...element("thumbnails").children].entries()) item.setAttribute("aria-current", at === page);
  element("thumbnails").children[page]?.scrollIntoView({ block: "nearest" });
}

// Other layers: the page, what was found on it and the box are shown anew.
async function switched() {
  forget();
  const box = drawn();
  redraw();
  overlays();
  if (box) take(box);
}

// A thumbnail is asked for when it comes into sight, one at a time, and when nothing larger is on its way.
function thumbnails(first) {
  const own = open;
  let line = Promise.resolve();
  const fill = async (target) => {
    const page = Number(target.dataset.page);
    await rest();
    if (own !== open) return;
    const url = page === 0 && first ? URL.createObjectURL(first.blob) : await thumbnail(own.file_path, page, own.pages[page]);
    target.querySelector("img").src = url;
  };
  const observer = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      line = line.then(() => fill(target)).catch(() => {});
    }
  }, { root: element("thumbnails") });
  element("thumbnails").replaceChildren(...own.pages.map((_, page) => {
    const item = Object.assign(document.createElement("button"), { type: "button" });
    item.dataset.page = page;
    item.append(Object.assign(new Image(), { alt: "" }), `${page + 1}`);
    item.setAttribute("aria-label", word("pageOf")(page + 1, own.pages.length));
    item.addEventListener("click", () => goTo(page));
    observer.observe(item);
    return item;
  }));
  mark(view.page);
}

async function overlays() {
  if (!open) return;
  const kinds = [...document.querySelectorAll("#overlays input:checked")].map((box) => box.value);
  const bar = element("progress");
  const step = (done, total) => Object.assign(bar, { hidden: false, max: total, value: done });
  try {
    await overlay(kinds, step);
  } catch (error) {
    complain(error);
  }
  bar.hidden = true;
}

async function take(bbox) {
  for (const [at, id] of ["box-x", "box-y", "box-width", "box-height"].entries()) element(id).value = bbox[at];
  say(word("working"));
  const [page, own] = [view.page, open];
  cut = null;
  const got = await result.show(own, page, bbox, complain);
  if (!got) return;
  cut = { ...got, file: own.name, page: page + 1, bbox, document: own };
  say(word("ready"));
}

dragged(take);
element("box-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!open) return;
  const bbox = ["box-x", "box-y", "box-width", "box-height"].map((id) => Number(element(id).value));
  draw(bbox);
  take(bbox);
});
element("keep").addEventListener("click", async () => {
  if (!cut) return;
  const { document: own, ...entry } = cut;
  try {
    own.sha256 ??= (await describe(own.file_path)).sha256;
    evidence.add({ ...entry, sha256: own.sha256 });
  } catch (error) {
    complain(error);
  }
});
element("upload").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  say(word("working"));
  try {
    const { file_path, name } = await upload(file);
    await openPath(file_path, name);
  } catch (error) {
    complain(error);
  }
  target.value = "";
});
element("path-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (element("path").value) openPath(element("path").value);
});
const clicks = {
  previous: () => goTo(view.page - 1),
  next: () => goTo(view.page + 1),
  in: () => open && zoom(view.scale * 1.25),
  out: () => open && zoom(view.scale / 1.25),
  fit: () => open && zoom(fitting()),
  language: () => (otherLanguage(), evidence.render()),
  theme: () => {
    const dark = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    document.documentElement.dataset.theme = dark === "dark" ? "light" : "dark";
  },
  zip: () => evidence.saveZip().then(() => say(word("saved")), complain),
  folder: () => evidence.saveFolder().then(() => say(word("saved")), complain),
  print: () => print(),
};
for (const [id, action] of Object.entries(clicks)) element(id).addEventListener("click", action);
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => navigator.clipboard.writeText(element(button.dataset.copy).textContent).then(() => say(word("copied")), complain));
}
element("page").addEventListener("change", ({ target }) => goTo(Number(target.value) - 1));
element("overlays").addEventListener("change", overlays);
element("viewer").addEventListener("zoomed", () => (element("zoom").textContent = `${Math.round(view.scale * 100)} %`));
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=checkbox]), textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { PageUp: clicks.previous, PageDown: clicks.next, "+": clicks.in, "=": clicks.in, "-": clicks.out, 0: clicks.fit, Escape: () => draw(null) };
  if (!(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length === 0) return;
  element("upload").files = event.dataTransfer.files;
  element("upload").dispatchEvent(new Event("change"));
});

translate();
evidence.render();
if (asked) openPath(asked, undefined, early);
