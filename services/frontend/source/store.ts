/** What the page knows and what can be done with it. Knows nothing of the DOM. */

import { ApiError, LONGEST_TITLE, PAGE_SIZE, type Task, type TasksApi } from "./api";
import { retryDelaySeconds } from "./retry";

/** Why the list is not known, or not known to be up to date. */
export interface Failure {
  readonly message: string;
  readonly reference: string | null;
  /** Until the next try; 0 while it is under way, null when only a person can try again. */
  readonly retryInSeconds: number | null;
}

/** What was just done, or could not be done. */
export interface Notice {
  readonly kind: "done" | "problem";
  readonly text: string;
  /** The deleted task that can be brought back. */
  readonly undo: Task | null;
}

export interface State {
  /** Whether the list was ever loaded. */
  readonly loaded: boolean;
  readonly tasks: readonly Task[];
  readonly next: string | null;
  readonly failure: Failure | null;
  readonly loadingMore: boolean;
  readonly adding: boolean;
  /** What is wrong with the title that was given. */
  readonly titleError: string | null;
  /** Tasks with a change under way. */
  readonly busy: ReadonlySet<string>;
  readonly notice: Notice | null;
}

const AT_FIRST: State = {
  loaded: false,
  tasks: [],
  next: null,
  failure: null,
  loadingMore: false,
  adding: false,
  titleError: null,
  busy: new Set(),
  notice: null,
};

export class TaskStore {
  #state = AT_FIRST;
  #changes = 0;
  #failures = 0;
  #loading = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: TasksApi,
    private readonly changed: (state: State) => void,
  ) {}

  get state(): State {
    return this.#state;
  }

  /** Load the list, as much of it as is shown. Tries again by itself while the failure is temporary. */
  async load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    clearTimeout(this.#timer);
    const { failure } = this.#state;
    if (failure !== null) this.#set({ failure: { ...failure, retryInSeconds: 0 } });
    try {
      let before: number;
      do {
        before = this.#changes;
        const page = await this.api.list(this.#shown(), null);
        // An answer from before a change of ours would undo it on the page: ask again.
        if (before === this.#changes) this.#set({ ...page, loaded: true, failure: null });
      } while (before !== this.#changes);
      this.#failures = 0;
    } catch (error) {
      this.#failed(asApiError(error));
    } finally {
      this.#loading = false;
    }
  }

  /** Load the next page; returns the first task that came with it. */
  async loadMore(): Promise<Task | null> {
    const { next, loadingMore } = this.#state;
    if (next === null || loadingMore) return null;
    this.#set({ loadingMore: true, notice: null });
    try {
      const page = await this.api.list(PAGE_SIZE.usual, next);
      const known = new Set(this.#state.tasks.map((task) => task.id));
      const added = page.tasks.filter((task) => !known.has(task.id));
      this.#set({ tasks: [...this.#state.tasks, ...added], next: page.next });
      this.#tell("done", `${added.length} more ${added.length === 1 ? "task" : "tasks"} shown.`);
      return added[0] ?? null;
    } catch (error) {
      this.#tell("problem", `More tasks could not be loaded. ${asApiError(error).message}`);
      return null;
    } finally {
      this.#set({ loadingMore: false });
    }
  }

  /** Add a task at the top; returns whether it was added. A title that cannot be is told without asking the server. */
  async add(title: string): Promise<boolean> {
    const wanted = title.trim();
    if (this.#state.adding) return false;
    if (wanted === "") {
      this.#set({ titleError: "Write what is to be done." });
      return false;
    }
    if ([...wanted].length > LONGEST_TITLE) {
      this.#set({ titleError: `Use at most ${LONGEST_TITLE} characters.` });
      return false;
    }
    this.#set({ adding: true, titleError: null, notice: null });
    try {
      this.#prepend(await this.api.create(wanted));
      this.#tell("done", `Added “${wanted}”.`);
      return true;
    } catch (error) {
      const failure = asApiError(error);
      this.#set({ titleError: `Not added. ${failure.message}` });
      this.#checkAfter(failure);
      return false;
    } finally {
      this.#set({ adding: false });
    }
  }

  async setCompleted(task: Task, completed: boolean): Promise<void> {
    await this.#change(task, "changed", async () => {
      const changed = await this.api.setCompleted(task.id, completed);
      this.#changes += 1;
      this.#set({ tasks: this.#state.tasks.map((each) => (each.id === task.id ? changed : each)) });
      this.#tell("done", completed ? `“${task.title}” is done.` : `“${task.title}” is to be done again.`);
    });
  }

  async remove(task: Task): Promise<void> {
    await this.#change(task, "deleted", async () => {
      await this.api.remove(task.id);
      this.#drop(task);
      this.#tell("done", `Deleted “${task.title}”.`, task);
    });
  }

  /** Bring back the task that was deleted last, as a new one at the top; returns it. */
  async undo(): Promise<Task | null> {
    const deleted = this.#state.notice?.undo ?? null;
    if (deleted === null) return null;
    this.#set({ notice: null });
    try {
      let restored = await this.api.create(deleted.title);
      this.#prepend(restored);
      if (deleted.completedAt !== null) {
        restored = await this.api.setCompleted(restored.id, true);
        this.#changes += 1;
        this.#set({ tasks: this.#state.tasks.map((each) => (each.id === restored.id ? restored : each)) });
      }
      this.#tell("done", `“${deleted.title}” is back.`);
      return restored;
    } catch (error) {
      const failure = asApiError(error);
      this.#tell("problem", `“${deleted.title}” could not be brought back. ${failure.message}`, deleted);
      this.#checkAfter(failure);
      return null;
    }
  }

  dismissNotice(): void {
    this.#set({ notice: null });
  }

  clearTitleError(): void {
    if (this.#state.titleError !== null) this.#set({ titleError: null });
  }

  /** Run one change of a task, one at a time for each task. */
  async #change(task: Task, done: string, change: () => Promise<void>): Promise<void> {
    if (this.#state.busy.has(task.id)) return;
    this.#set({ busy: new Set([...this.#state.busy, task.id]), notice: null });
    try {
      await change();
    } catch (error) {
      const failure = asApiError(error);
      if (failure.status === 404) {
        this.#drop(task);
        this.#tell("problem", `“${task.title}” had been deleted elsewhere.`);
      } else {
        this.#tell("problem", `“${task.title}” was not ${done}. ${failure.message}`);
        this.#checkAfter(failure);
      }
    } finally {
      this.#set({ busy: new Set([...this.#state.busy].filter((id) => id !== task.id)) });
    }
  }

  /** A change that may have been made after all: only the server's list tells. */
  #checkAfter(failure: ApiError): void {
    if (failure.outcomeUnknown) void this.load();
  }

  #prepend(task: Task): void {
    this.#changes += 1;
    this.#set({ tasks: [task, ...this.#state.tasks] });
  }

  #drop(task: Task): void {
    this.#changes += 1;
    this.#set({ tasks: this.#state.tasks.filter((each) => each.id !== task.id) });
  }

  #shown(): number {
    return Math.min(Math.max(this.#state.tasks.length, PAGE_SIZE.usual), PAGE_SIZE.most);
  }

  #tell(kind: Notice["kind"], text: string, undo: Task | null = null): void {
    this.#set({ notice: { kind, text, undo } });
  }

  #failed(error: ApiError): void {
    this.#failures += 1;
    const { message, reference } = error;
    this.#count(
      { message, reference },
      error.temporary ? retryDelaySeconds(this.#failures, error.retryAfterSeconds) : null,
    );
  }

  #count(why: Omit<Failure, "retryInSeconds">, seconds: number | null): void {
    if (seconds === 0) {
      void this.load();
      return;
    }
    this.#set({ failure: { ...why, retryInSeconds: seconds } });
    if (seconds !== null) this.#timer = setTimeout(() => this.#count(why, seconds - 1), 1000);
  }

  #set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.changed(this.#state);
  }
}

/** The error of a request; anything else is a fault of the page and goes on as it is. */
function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}
