// The layers of a drawing: which are shown, and a switch for each.

const box = document.getElementById("layers");
const list = document.getElementById("layer-list");
let names = null;

// Names of the layers to show; undefined as long as they are those that the document shows.
export const chosen = () => names ?? undefined;

// Offers the layers of a document that was opened. `changed` hears of each switch.
export function offer(layers, changed) {
  names = null;
  // Layers of one name are switched together, as requests name them.
  const shown = new Map();
  for (const { name, visible } of layers ?? []) shown.set(name, visible || shown.get(name) === true);
  box.hidden = shown.size === 0;
  list.replaceChildren(...[...shown].map(([name, visible]) => {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "checkbox", checked: visible, value: name });
    label.append(input, ` ${name}`);
    return label;
  }));
  const read = () => {
    names = [...list.querySelectorAll("input:checked")].map((input) => input.value);
    changed();
  };
  const all = (on) => () => {
    for (const input of list.querySelectorAll("input")) input.checked = on;
    read();
  };
  list.onchange = read;
  document.getElementById("layers-all").onclick = all(true);
  document.getElementById("layers-none").onclick = all(false);
}
