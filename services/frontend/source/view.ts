/** Shows a state on the page of index.html, and hands to the store what people do there. */

import type { Task } from "./api";
import type { Failure, State, TaskStore } from "./store";
import { ago, inFull } from "./time";

/** Everything of index.html that changes. */
function parts(root: ParentNode) {
  function part<T extends Element>(selector: string, kind: new () => T): T {
    const found = root.querySelector(selector);
    if (found instanceof kind) return found;
    throw new Error(`index.html has no ${kind.name} ${selector}`);
  }
  return {
    summary: part("#summary", HTMLElement),
    form: part("#new-task", HTMLFormElement),
    title: part("#title", HTMLInputElement),
    add: part("#new-task button", HTMLButtonElement),
    titleError: part("#title-error", HTMLElement),
    list: part("#list", HTMLElement),
    heading: part("#list-heading", HTMLElement),
    failure: part("#failure", HTMLElement),
    failureMessage: part("#failure-message", HTMLElement),
    failureRetry: part("#failure-retry", HTMLElement),
    failureReference: part("#failure-reference", HTMLElement),
    retry: part("#retry", HTMLButtonElement),
    loading: part("#loading", HTMLElement),
    empty: part("#empty", HTMLElement),
    tasks: part("#tasks", HTMLUListElement),
    more: part("#more", HTMLButtonElement),
    said: part("#said", HTMLElement),
    notice: part("#notice-body", HTMLElement),
    noticeText: part("#notice-text", HTMLElement),
    undo: part("#undo", HTMLButtonElement),
    dismiss: part("#dismiss", HTMLButtonElement),
    template: part("#task", HTMLTemplateElement),
  };
}

/** One line of the list. */
interface Row {
  readonly item: HTMLLIElement;
  readonly checkbox: HTMLInputElement;
  readonly remove: HTMLButtonElement;
  show(task: Task, busy: boolean, now: Date): void;
}

export class View {
  readonly #parts: ReturnType<typeof parts>;
  readonly #rows = new Map<string, Row>();
  #state: State | null = null;

  constructor(root: ParentNode) {
    this.#parts = parts(root);
  }

  /** Let people use the store from now on. */
  connect(store: TaskStore): void {
    const { form, title, retry, more, undo, dismiss, tasks } = this.#parts;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const submitted = title.value;
      const added = await store.add(submitted);
      // What was written meanwhile stays.
      if (added && title.value === submitted) title.value = "";
      title.focus();
    });
    title.addEventListener("input", () => store.clearTitleError());
    retry.addEventListener("click", () => store.load());
    more.addEventListener("click", async () => {
      const first = await store.loadMore();
      if (first !== null) this.#row(first)?.checkbox.focus();
    });
    undo.addEventListener("click", async () => {
      const restored = await store.undo();
      if (restored !== null) this.#row(restored)?.checkbox.focus();
    });
    dismiss.addEventListener("click", () => {
      store.dismissNotice();
      this.#parts.heading.focus();
    });
    tasks.addEventListener("change", (event) => {
      const task = this.#taskAt(event.target);
      if (task !== null) void store.setCompleted(task, (event.target as HTMLInputElement).checked);
    });
    tasks.addEventListener("click", (event) => {
      if (!(event.target instanceof Element) || event.target.closest("button") === null) return;
      const task = this.#taskAt(event.target);
      if (task !== null) void store.remove(task);
    });
  }

  show(state: State, now = new Date()): void {
    const { list, loading, empty, tasks, more, summary, add } = this.#parts;
    const { loaded, failure } = state;
    this.#state = state;
    list.setAttribute("aria-busy", String(!loaded && failure === null));
    loading.hidden = loaded || failure !== null;
    empty.hidden = !loaded || state.tasks.length > 0 || state.next !== null;
    tasks.hidden = state.tasks.length === 0;
    more.hidden = state.next === null;
    say(more, state.loadingMore ? "Loading…" : "Show more");
    more.setAttribute("aria-disabled", String(state.loadingMore));
    add.setAttribute("aria-disabled", String(state.adding));
    say(summary, summaryOf(state));
    this.#showTitleError(state.titleError);
    this.#showFailure(failure);
    this.#showTasks(state, now);
    this.#showNotice(state);
  }

  /** Say anew how long ago things were. */
  refreshTimes(now = new Date()): void {
    if (this.#state !== null) this.#showTasks(this.#state, now);
  }

  #showTitleError(error: string | null): void {
    const { title, titleError } = this.#parts;
    say(titleError, error ?? "");
    title.setAttribute("aria-invalid", String(error !== null));
  }

  #showFailure(shown: Failure | null): void {
    const { failure, failureMessage, failureRetry, failureReference, retry } = this.#parts;
    if (shown === null) this.#leave(failure);
    failure.hidden = shown === null;
    say(failureMessage, shown?.message ?? "");
    say(failureRetry, shown === null ? "" : retryText(shown.retryInSeconds));
    failureReference.hidden = (shown?.reference ?? null) === null;
    say(failureReference, `Reference: ${shown?.reference ?? ""}`);
    retry.setAttribute("aria-disabled", String(shown?.retryInSeconds === 0));
  }

  /** Most of what is done shows in the list: it is only said. What needs an answer stands there. */
  #showNotice({ notice: shown }: State): void {
    const { said, notice, noticeText, undo } = this.#parts;
    const stands = shown !== null && (shown.kind === "problem" || shown.undo !== null);
    say(said, shown === null || stands ? "" : shown.text);
    if (!stands) this.#leave(notice);
    notice.hidden = !stands;
    notice.classList.toggle("problem", shown?.kind === "problem");
    say(noticeText, stands ? shown.text : "");
    undo.hidden = (shown?.undo ?? null) === null;
  }

  #showTasks(state: State, now: Date): void {
    const { tasks } = this.#parts;
    const wanted = new Set(state.tasks.map((task) => task.id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      if (row.item.contains(document.activeElement)) this.#focusBeside(row, wanted);
      row.item.remove();
      this.#rows.delete(id);
    }
    state.tasks.forEach((task, index) => {
      const row = this.#row(task) ?? this.#newRow(task);
      row.show(task, state.busy.has(task.id), now);
      if (tasks.children[index] !== row.item) tasks.insertBefore(row.item, tasks.children[index] ?? null);
    });
  }

  /** Where the keyboard goes when the line that it is on disappears: the next one, the one before, the new task. */
  #focusBeside(row: Row, staying: ReadonlySet<string>): void {
    const stays = [...this.#rows].filter(([id]) => staying.has(id)).map(([, each]) => each);
    const after = stays.find((each) => row.item.compareDocumentPosition(each.item) & Node.DOCUMENT_POSITION_FOLLOWING);
    const before = stays.findLast(
      (each) => row.item.compareDocumentPosition(each.item) & Node.DOCUMENT_POSITION_PRECEDING,
    );
    ((after ?? before)?.remove ?? this.#parts.title).focus();
  }

  /** Take the keyboard out of something that is about to be hidden. */
  #leave(part: Element): void {
    if (part.contains(document.activeElement)) this.#parts.heading.focus();
  }

  #row(task: Task): Row | undefined {
    return this.#rows.get(task.id);
  }

  #newRow(task: Task): Row {
    const row = newRow(this.#parts.template, task.id);
    this.#rows.set(task.id, row);
    return row;
  }

  #taskAt(target: EventTarget | null): Task | null {
    const id = target instanceof Element ? target.closest("li")?.dataset.id : undefined;
    return this.#state?.tasks.find((task) => task.id === id) ?? null;
  }
}

function newRow(template: HTMLTemplateElement, id: string): Row {
  const item = document.importNode(template.content, true).querySelector("li") as HTMLLIElement;
  const checkbox = item.querySelector("input") as HTMLInputElement;
  const title = item.querySelector(".title") as HTMLElement;
  const time = item.querySelector("time") as HTMLTimeElement;
  const remove = item.querySelector("button") as HTMLButtonElement;
  item.dataset.id = id;
  return {
    item,
    checkbox,
    remove,
    show(task, busy, now) {
      // While a change is under way the box shows what was asked for, not yet what is.
      if (!busy) checkbox.checked = task.completedAt !== null;
      item.classList.toggle("completed", checkbox.checked);
      item.setAttribute("aria-busy", String(busy));
      say(title, task.title);
      const moment = task.completedAt ?? task.createdAt;
      time.dateTime = moment.toISOString();
      time.title = inFull(moment);
      say(time, `${task.completedAt === null ? "Added" : "Done"} ${ago(moment, now)}`);
      remove.setAttribute("aria-label", `Delete “${task.title}”`);
    },
  };
}

/** Set a text only where it changes: a live region would say it again. */
function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function summaryOf({ tasks, next }: State): string {
  if (tasks.length === 0) return "";
  const done = tasks.filter((task) => task.completedAt !== null).length;
  return `${tasks.length - done} to do · ${done} done${next === null ? "" : " · more below"}`;
}

function retryText(seconds: number | null): string {
  switch (seconds) {
    case null:
      return "Trying again by itself would not help.";
    case 0:
      return "Trying again…";
    case 1:
      return "Trying again in 1 second.";
    default:
      return `Trying again in ${seconds} seconds.`;
  }
}
