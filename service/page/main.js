// Opens documents, and connects what a person does with what is shown.

import { asked, describe, run, upload } from "./api.js";
import * as evidence from "./evidence.js";
import { offer } from "./layers.js";
import { forget, overlay } from "./overlays.js";
import * as result from "./result.js";
import { draw, dragged, drawn } from "./selection.js";
import { failed, fitting, redraw, show, thumbnail, view, zoom } from "./viewer.js";
import { otherLanguage, translate, word } from "./words.js";

const element = (id) => document.getElementById(id);
let open = null;
let cut = null;

function say(text, isError = false) {
  element("status").textContent = text;
  element("status").classList.toggle("error", isError);
}

const complain = (error) => say(error.code ? `${error.code}: ${error.message}` : String(error), true);
failed(complain);

async function openPath(path, shown) {
  say(word("working"));
  try {
    const info = await run("document_info", { file_path: path });
    const name = shown ?? path.split(/[\\/]/).pop();
    open = { file_path: path, shown: shown ?? path, name, pages: info.pages, sha256: describe(path).then((about) => about.sha256) };
    open.sha256.catch(complain);
    document.title = `${name} – TachFileTo`;
    element("welcome").hidden = true;
    element("count").textContent = `/ ${info.page_count}`;
    element("page").max = info.page_count;
    offer(info.layers, switched);
    thumbnails();
    await goTo(0);
  } catch (error) {
    complain(error);
  }
}

async function goTo(page) {
  if (!open || page < 0 || page >= open.pages.length) return;
  draw(null);
  forget();
  element("page").value = page + 1;
  for (const [at, item] of [...element("thumbnails").children].entries()) item.setAttribute("aria-current", at === page);
  element("thumbnails").children[page]?.scrollIntoView({ block: "nearest" });
  await show(open.file_path, page, open.pages[page]);
  if (!element("status").classList.contains("error")) say(word("pageOf")(page + 1, open.pages.length));
  overlays();
}

// Other layers: the page, what was found on it and the box are shown anew.
async function switched() {
  forget();
  const box = drawn();
  redraw();
  overlays();
  if (box) take(box);
}

// A thumbnail is asked for when it comes into sight.
function thumbnails() {
  const own = open;
  const observer = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      const page = Number(target.dataset.page);
      thumbnail(own.file_path, page, own.pages[page]).then((url) => (target.querySelector("img").src = url), () => {});
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
    evidence.add({ ...entry, sha256: await own.sha256 });
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
if (asked) openPath(asked);
