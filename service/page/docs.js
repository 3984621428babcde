// Shows /openapi.json as a page: paths, parameters, bodies and schemas. It loads nothing from anywhere else.

const root = document.getElementById("docs");

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function operation(method, path, what) {
  const box = element("details", undefined);
  const summary = element("summary", undefined, element("code", `${method.toUpperCase()} ${path}`), ` ${what.summary ?? ""}`);
  box.append(summary);
  for (const part of ["parameters", "requestBody", "responses"]) {
    if (what[part] !== undefined) box.append(element("h3", part), element("pre", JSON.stringify(what[part], null, 2)));
  }
  return box;
}

const document_ = await (await fetch("/openapi.json")).json();
root.replaceChildren(element("h1", `${document_.info.title} ${document_.info.version}`), element("p", document_.info.description));
for (const [path, methods] of Object.entries(document_.paths)) {
  for (const [method, what] of Object.entries(methods)) root.append(operation(method, path, what));
}
root.append(element("h2", "Schemas"));
for (const [name, schema] of Object.entries(document_.components.schemas)) {
  root.append(element("details", undefined, element("summary", name), element("pre", JSON.stringify(schema, null, 2))));
}
