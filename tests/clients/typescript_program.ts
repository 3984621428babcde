// What a program in TypeScript does with the client; test_typescript_client.py compiles and runs it.

import { Tach, TachError, type Request, type Table } from "./client.js";

const [url, name, heading, box] = JSON.parse(process.argv[2]!) as [string, string, string, [number, number, number, number]];
const assert = (holds: boolean, what: string) => { if (!holds) throw new Error(what); };
const codeOf = async (asked: Promise<unknown>) =>
  await asked.then(() => "none", (error: unknown) => (error instanceof TachError ? error.code : String(error)));

const tach = new Tach(url);
const info = await tach.run("document_info", { file_path: name });
assert(info.page_count === 2 && info.pages?.length === 2, "info");
const crop = await tach.run("extract_evidence", { file_path: name, page_index: 0, bbox: box, include_text: true });
assert(crop.text!.includes(heading) && crop.mime === "image/jpeg", "crop");
const picture = await tach.picture({ file_path: name, page_index: 0, bbox: box });
assert(picture.type === "image/png" && picture.size > 100, "picture");
assert((await codeOf(tach.run("extract_text", { file_path: name, page_index: 9 }))) === "page_out_of_range", "error");
const tables: Table[] = (await tach.run("parse_table", { file_path: name, page_index: 0 }, { timeoutMs: 60000 })).tables;
assert(tables.length > 0 && tables[0]!.confidence > 0, "tables");

const steps: number[] = [];
const progress = (done: number) => void steps.push(done);
// A range that no other test asks for: what was converted just now is answered without any step.
const told = await tach.run("convert", { file_path: name, format: "markdown", page_range: [0, 0] }, { timeoutMs: 120000, progress });
assert(String(told.text).includes(heading) && steps.length > 0, "progress");

const uploaded = await tach.upload(new Blob([await picture.arrayBuffer()]), "crop.png");
await tach.forget(uploaded);
assert((await codeOf(tach.run("document_info", { file_path: uploaded }))) === "file_not_found", "forgotten");

function* crops(): Generator<Request> {
  for (let number = 0; number < 600; number++)
    yield { id: `r${number}`, cmd: "extract_evidence", payload: { file_path: name, page_index: 0, bbox: [0, 0, 20, 20], dpi: 18 } };
}
const ids = new Set<string | null>();
for await (const reply of tach.batch(crops())) {
  assert(reply.status === "success" && !ids.has(reply.req_id), `reply ${reply.req_id}`);
  ids.add(reply.req_id);
}
assert(ids.size === 600, "batch");
const nowhere = new Tach("http://127.0.0.1:9", { retryMs: 300 });
assert((await codeOf(nowhere.run("ping", {}))) === "unavailable", "nowhere");
// @ts-expect-error: the compiler knows the commands
await codeOf(tach.run("document_inf", { file_path: name }));
// @ts-expect-error: and their fields
await codeOf(tach.run("document_info", { path: name }));
console.log("held");
