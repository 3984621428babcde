// Requests to the service that this page came from.

const fragment = new URLSearchParams(location.hash.slice(1));
// The token is kept for a reload of this tab and taken out of the address, which others may see.
if (fragment.has("token")) sessionStorage.setItem("token", fragment.get("token"));
export const asked = fragment.get("file") ?? new URLSearchParams(location.search).get("file");
if (location.hash) history.replaceState(null, "", location.pathname + (asked ? `?file=${encodeURIComponent(asked)}` : ""));

export class ServiceError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function send(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = { ...options.headers, ...(token ? { "X-Api-Key": token } : {}) };
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new ServiceError("unreachable", "the service does not answer");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new ServiceError(body.error?.code ?? String(response.status), body.error?.message ?? response.statusText);
}

const post = (command, payload, accept, timeout) =>
  send(`/v1/commands/${command}?timeout_ms=${timeout}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: accept },
    body: JSON.stringify(payload),
  });

// The data of a command's reply.
export async function run(command, payload, timeout = 60000) {
  const reply = await (await post(command, payload, "application/json", timeout)).json();
  return reply.data;
}

// The picture of a box: { blob, bbox }, and the box that was really cut.
export async function picture(payload, kind = "image/jpeg") {
  const response = await post("extract_evidence", payload, kind, 60000);
  const bbox = response.headers.get("X-Tach-Bbox").split(",").map(Number);
  return { blob: await response.blob(), bbox };
}

// The data of a long command; `step(done, total)` hears of its progress.
export async function follow(command, payload, step) {
  const response = await post(command, payload, "text/event-stream", 600000);
  let text = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new ServiceError("unreachable", "the service ended before it answered");
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (!data) continue;
      const message = JSON.parse(data.slice(6));
      if (event.startsWith("event: progress")) step(message.done, message.total);
      else if (message.status === "success") return message.data;
      else throw new ServiceError(message.error.code, message.error.message);
    }
  }
}

export async function upload(file) {
  const body = await send(`/v1/files?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });
  return await body.json();
}

// Name, length and SHA-256 of a document.
export async function describe(path) {
  return await (await send(`/v1/files?file_path=${encodeURIComponent(path)}`)).json();
}
