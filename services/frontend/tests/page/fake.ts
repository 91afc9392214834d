/** An API in memory that fails and waits as a test tells it to. */

import { ApiError, type Task, type TaskPage, type TasksApi } from "../../source/api";

export const NOW = new Date("2026-05-04T12:00:00Z");

export function aTask(id: number, change: Partial<Task> = {}): Task {
  return { id: String(id), title: `Task ${id}`, createdAt: NOW, completedAt: null, ...change };
}

export const unreachable = () => new ApiError("The server cannot be reached.", null);
export const unavailable = (retryAfterSeconds: number | null = null) =>
  new ApiError("Nobody is there.", 503, retryAfterSeconds, "4bf92f35");
export const refused = (status = 422) => new ApiError("No.", status);

export class FakeApi implements TasksApi {
  tasks: Task[];
  readonly calls: string[] = [];
  /** Thrown by the next calls, one each. */
  readonly failures: unknown[] = [];
  /** Run after the next calls were carried out, before they are answered, one each. */
  readonly before: (() => Promise<void> | void)[] = [];

  constructor(count = 0) {
    this.tasks = Array.from({ length: count }, (_, index) => aTask(count - index));
  }

  async list(limit: number, after: string | null): Promise<TaskPage> {
    const start = after === null ? 0 : this.tasks.findIndex((task) => task.id === after) + 1;
    const tasks = this.tasks.slice(start, start + limit);
    const last = this.tasks.length > start + limit ? tasks.at(-1) : undefined;
    await this.#answer(`list ${limit} ${after}`);
    return { tasks, next: last?.id ?? null };
  }

  async create(title: string): Promise<Task> {
    await this.#answer(`create ${title}`);
    const task = aTask(Math.max(0, ...this.tasks.map(({ id }) => Number(id))) + 1, { title });
    this.tasks = [task, ...this.tasks];
    return task;
  }

  async setCompleted(id: string, completed: boolean): Promise<Task> {
    await this.#answer(`complete ${id} ${completed}`);
    const found = this.tasks.find((task) => task.id === id);
    if (found === undefined) throw refused(404);
    const changed = { ...found, completedAt: completed ? NOW : null };
    this.tasks = this.tasks.map((task) => (task.id === id ? changed : task));
    return changed;
  }

  async remove(id: string): Promise<void> {
    await this.#answer(`remove ${id}`);
    if (!this.tasks.some((task) => task.id === id)) throw refused(404);
    this.tasks = this.tasks.filter((task) => task.id !== id);
  }

  async #answer(call: string): Promise<void> {
    this.calls.push(call);
    await this.before.shift()?.();
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}

/** A promise that a test fulfils when it wants to. */
export function held(): { wait: () => Promise<void>; release: () => void } {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { wait: () => promise, release: () => release() };
}
