/** The backend's tasks over HTTP. Every answer is checked here, so that nothing else has to. */

export interface Task {
  readonly id: string;
  readonly title: string;
  readonly createdAt: Date;
  /** When it was completed; null while it is to do. */
  readonly completedAt: Date | null;
}

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** Asks for the page after this one; null on the last page. */
  readonly next: string | null;
}

/** What a page of the list may hold. */
export const PAGE_SIZE = { usual: 20, most: 100 } as const;

/** The longest title that the backend takes, in characters. */
export const LONGEST_TITLE = 200;

const TIMEOUT_MS = 20_000;

/** A request that did not succeed. The message is a sentence for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    /** The HTTP status; null when no answer came. */
    readonly status: number | null,
    /** What the server asked to wait before the next try, in seconds. */
    readonly retryAfterSeconds: number | null = null,
    /** Finds the request in the logs: its trace id. */
    readonly reference: string | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later. */
  get temporary(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500;
  }

  /** Whether a change may have been made all the same: nobody said that it was not. */
  get outcomeUnknown(): boolean {
    return this.status === null || this.status === 500 || this.status === 502 || this.status === 504;
  }
}

export interface TasksApi {
  /** One page, the newest first, after the cursor. */
  list(limit: number, after: string | null): Promise<TaskPage>;
  create(title: string): Promise<Task>;
  setCompleted(id: string, completed: boolean): Promise<Task>;
  remove(id: string): Promise<void>;
}

/** All methods throw `ApiError`, and nothing else, when the server cannot be reached or does not do what was asked. */
export function tasksApi(fetch: typeof globalThis.fetch, base = "/api"): TasksApi {
  async function request(method: string, path: string, body?: unknown): Promise<unknown> {
    const options: RequestInit = { method, signal: AbortSignal.timeout(TIMEOUT_MS), headers: new Headers() };
    if (body !== undefined) {
      options.body = JSON.stringify(body);
      options.headers = new Headers({ "Content-Type": "application/json" });
    }
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}${path}`, options);
      text = await response.text();
    } catch {
      throw new ApiError("The server cannot be reached.", null);
    }
    if (!response.ok) throw refusal(response, text);
    return response.status === 204 ? null : parsed(response, text);
  }

  return {
    async list(limit, after) {
      const query = new URLSearchParams({ limit: String(limit), ...(after === null ? {} : { cursor: after }) });
      return understood(taskPage, await request("GET", `/tasks?${query}`));
    },
    async create(title) {
      return understood(task, await request("POST", "/tasks", { title }));
    },
    async setCompleted(id, completed) {
      return understood(task, await request("PATCH", `/tasks/${encodeURIComponent(id)}`, { completed }));
    },
    async remove(id) {
      await request("DELETE", `/tasks/${encodeURIComponent(id)}`);
    },
  };
}

const NOT_UNDERSTOOD = "The server's answer is not understood.";

function parsed(response: Response, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(NOT_UNDERSTOOD, response.status);
  }
}

/** The error of an answer, in the words of its problem details (RFC 9457) where it has them. */
function refusal(response: Response, text: string): ApiError {
  let problem: Record<string, unknown> = {};
  try {
    problem = record(JSON.parse(text));
  } catch {
    // Somebody between us and the backend answered in HTML: the status has to do.
  }
  const told = [problem.detail, problem.title].find((value) => typeof value === "string" && value !== "");
  const trace = problem.trace_id;
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new ApiError(
    typeof told === "string" ? told : `The server answered with status ${response.status}.`,
    response.status,
    Number.isFinite(seconds) ? seconds : null,
    typeof trace === "string" ? trace : response.headers.get("X-Request-Id"),
  );
}

/** Thrown within the readers below: the value has another shape than the API promises. */
class Unexpected extends Error {}

function understood<T>(read: (value: unknown) => T, value: unknown): T {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof Unexpected) throw new ApiError(NOT_UNDERSTOOD, 200);
    throw error;
  }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unexpected();
  return value as Record<string, unknown>;
}

function taskPage(value: unknown): TaskPage {
  const { items, next_cursor } = record(value);
  if (!Array.isArray(items)) throw new Unexpected();
  return { tasks: items.map(task), next: next_cursor === null ? null : words(next_cursor) };
}

function task(value: unknown): Task {
  const { id, title, created_at, completed_at } = record(value);
  return {
    id: words(id),
    title: words(title),
    createdAt: instant(created_at),
    completedAt: completed_at === null ? null : instant(completed_at),
  };
}

function words(value: unknown): string {
  if (typeof value !== "string") throw new Unexpected();
  return value;
}

function instant(value: unknown): Date {
  const read = new Date(words(value));
  if (Number.isNaN(read.getTime())) throw new Unexpected();
  return read;
}
