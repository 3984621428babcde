// A client of `tach serve` on fetch: for browsers, Node 20, Deno and Bun. No dependencies.

import type { Commands } from "./types.js";

export type * from "./types.js";

export type CommandName = keyof Commands;

/** An error reply, or the same for what never reached a worker. */
export class TachError extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "TachError";
    this.code = code;
    this.details = details;
  }
}

/** A request of a batch. */
export type Request = {
  [C in CommandName]: { id: string; cmd: C; payload: Commands[C]["payload"]; timeout_ms?: number };
}[CommandName];

export interface Perf {
  duration_ms: number;
  peak_ram_mb: number;
  page_cache_mb?: number;
}

/** The reply of a batch's request. `req_id` is null where a line was no request. */
export type Reply =
  | { req_id: string; status: "success"; data: Record<string, unknown>; perf: Perf }
  | {
      req_id: string | null;
      status: "error";
      error: { code: string; message: string; details: Record<string, unknown> };
      perf: Perf;
    };

export interface Options {
  /** The service's, if it has one. */
  token?: string;
  /** How long a request is asked again while the service can't be reached or is full. Default 30,000. */
  retryMs?: number;
}

export interface Asked {
  /** Deadline of the request on the worker. */
  timeoutMs?: number;
  /** Gives the request up. */
  signal?: AbortSignal;
  /** Told of the progress of long commands. */
  progress?: (done: number, total: number) => void;
}

/** Requests of one slice of a batch. A body that is streamed needs HTTP/2 in browsers, so a batch is sent in slices. */
const SLICE = 256;

export class Tach {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #retryMs: number;

  /** The service at `url`, such as `http://127.0.0.1:8765`. */
  constructor(url: string, options: Options = {}) {
    this.#url = url.replace(/\/+$/, "");
    this.#headers = options.token ? { "X-Api-Key": options.token } : {};
    this.#retryMs = options.retryMs ?? 30_000;
  }

  /** The data of one request. Throws a TachError where the reply is an error. */
  async run<C extends CommandName>(
    cmd: C,
    payload: Commands[C]["payload"],
    asked: Asked = {},
  ): Promise<Commands[C]["data"]> {
    const accept = asked.progress ? "text/event-stream" : "application/json";
    // A stream that breaks before its reply is asked again, as a connection is.
    const reply = await this.#command(cmd, payload, accept, asked, async (response) => {
      if (!asked.progress) return (await response.json()) as Reply;
      for await (const line of lines(response)) {
        if (!line.startsWith("data: ")) continue;
        const message = JSON.parse(line.slice(6));
        if ("status" in message) return message as Reply;
        asked.progress(message.done, message.total);
      }
      throw new TypeError("the stream ended before the reply");
    });
    if (reply.status === "error") throw new TachError(reply.error.code, reply.error.message, reply.error.details);
    return reply.data as Commands[C]["data"];
  }

  /** The picture of a box, as bytes. */
  async picture(
    payload: Commands["extract_evidence"]["payload"],
    kind: "image/jpeg" | "image/png" | "image/webp" = "image/png",
    asked: Omit<Asked, "progress"> = {},
  ): Promise<Blob> {
    return await this.#command("extract_evidence", payload, kind, asked, (response) => response.blob());
  }

  /**
   * The reply of each request, as they finish; each request is answered once. Where a connection breaks, what is owed is asked again.
   * Ids must differ.
   */
  async *batch(requests: Iterable<Request> | AsyncIterable<Request>, signal?: AbortSignal): AsyncGenerator<Reply> {
    let slice = new Map<string, Request>();
    for await (const request of requests) {
      if (slice.has(request.id)) throw new TachError("invalid_request", `the id ${request.id} is used twice`);
      slice.set(request.id, request);
      if (slice.size === SLICE) {
        yield* this.#slice(slice, signal);
        slice = new Map();
      }
    }
    if (slice.size > 0) yield* this.#slice(slice, signal);
  }

  /** Sends a document; gives what stands for its path in requests, `upload:…`. */
  async upload(file: Blob, name: string): Promise<string> {
    const headers = { "Content-Type": "application/octet-stream" };
    const query = `name=${encodeURIComponent(name)}`;
    const told = await this.#send(`/v1/files?${query}`, { method: "POST", headers, body: file }, (r) => r.json());
    return (told as { file_path: string }).file_path;
  }

  /** Deletes an uploaded document. */
  async forget(uploaded: string): Promise<void> {
    await this.#send(`/v1/files/${uploaded.replace(/^upload:/, "")}`, { method: "DELETE" }, async () => undefined);
  }

  async *#slice(owed: Map<string, Request>, signal?: AbortSignal): AsyncGenerator<Reply> {
    let until = Date.now() + this.#retryMs;
    while (owed.size > 0) {
      const body = [...owed.values()].map((request) => JSON.stringify(request) + "\n").join("");
      const headers = { "Content-Type": "application/x-ndjson" };
      const response = await this.#send("/v1/batch", { method: "POST", headers, body, signal }, async (r) => r);
      try {
        for await (const line of lines(response)) {
          const message = JSON.parse(line);
          if (!("status" in message)) continue;
          owed.delete(message.req_id);
          until = Date.now() + this.#retryMs;
          yield message as Reply;
        }
      } catch (error) {
        if (!(error instanceof TypeError) || signal?.aborted) throw error;
      }
      if (owed.size > 0 && Date.now() > until) throw new TachError("unavailable", `${this.#url} breaks every stream`);
      if (owed.size > 0) await pause(200);
    }
  }

  async #command<T>(
    cmd: CommandName,
    payload: object,
    accept: string,
    asked: Asked,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const query = asked.timeoutMs === undefined ? "" : `?timeout_ms=${asked.timeoutMs}`;
    const headers = { "Content-Type": "application/json", Accept: accept };
    const body = JSON.stringify(payload);
    const options = { method: "POST", headers, body, signal: asked.signal };
    return await this.#send(`/v1/commands/${cmd}${query}`, options, read);
  }

  /** Commands only read documents: one whose connection broke is asked again. */
  async #send<T>(path: string, options: RequestInit, read: (response: Response) => Promise<T>): Promise<T> {
    const until = Date.now() + this.#retryMs;
    const headers = { ...(options.headers as Record<string, string>), ...this.#headers };
    for (;;) {
      let refusal: TachError;
      let wait = 200;
      try {
        const response = await fetch(this.#url + path, { ...options, headers });
        if (response.ok) return await read(response);
        const told = (await response.json().catch(() => ({}))) as { error?: Record<string, unknown> };
        const { code = String(response.status), message = response.statusText, details = {} } = told.error ?? {};
        refusal = new TachError(String(code), String(message), details as Record<string, unknown>);
        const after = response.headers.get("Retry-After");
        if (after === null) throw refusal;
        wait = Math.min(1000 * (Number(after) || 1), 5000);
      } catch (error) {
        // fetch throws a TypeError where there is no connection, and one that breaks.
        if (!(error instanceof TypeError)) throw error;
        refusal = new TachError("unavailable", `${this.#url} can't be reached: ${error.message}`);
      }
      if (Date.now() > until) throw refusal;
      await pause(wait);
    }
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The lines of a body as they come, the end of each left out. What is behind the last one is cut off, and no line. */
async function* lines(response: Response): AsyncGenerator<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let parts: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const pieces = value.split("\n");
      for (const piece of pieces.slice(0, -1)) {
        yield parts.join("") + piece;
        parts = [];
      }
      parts.push(pieces.at(-1)!);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
