// @vitest-environment jsdom
import { getByRole, queryByRole } from "@testing-library/dom";
import axe from "axe-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TaskStore } from "../../source/store";
import { View } from "../../source/view";
import { aTask, FakeApi, held, NOW, refused, unavailable } from "./fake";
import { openPage } from "./page";

const page = () => document.body;
const button = (name: string | RegExp) => getByRole<HTMLButtonElement>(page(), "button", { name });
const box = (name: RegExp) => getByRole<HTMLInputElement>(page(), "checkbox", { name });
const title = () => getByRole<HTMLInputElement>(page(), "textbox");
const titles = () => [...document.querySelectorAll("#tasks .title")].map((element) => element.textContent);
const text = (id: string) => document.getElementById(id)?.textContent;

async function shown(count = 0) {
  const api = new FakeApi(count);
  const view = new View(document);
  const store = new TaskStore(api, (state) => view.show(state, NOW));
  view.connect(store);
  view.show(store.state, NOW);
  return { api, view, store };
}

async function loaded(count = 0) {
  const all = await shown(count);
  await all.store.load();
  return all;
}

/** Everything that was started is done. */
const settled = () => vi.advanceTimersByTimeAsync(0);

async function expectNoBarrier() {
  vi.useRealTimers();
  // Contrast needs a browser: it is looked at there.
  const { violations } = await axe.run(document, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual([]);
}

async function submit(value: string) {
  title().value = value;
  title().dispatchEvent(new Event("input", { bubbles: true }));
  button("Add").click();
  await settled();
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
  openPage();
});

afterEach(() => {
  vi.useRealTimers();
});

test("until the first answer the list is busy", async () => {
  await shown();
  const list = getByRole(page(), "region", { name: "Your tasks" });
  expect(list.getAttribute("aria-busy")).toBe("true");
  expect(list.textContent).toContain("Loading your tasks…");
  await expectNoBarrier();
});

test("an empty list says what to do", async () => {
  await loaded();
  expect(getByRole(page(), "region").getAttribute("aria-busy")).toBe("false");
  expect(document.getElementById("empty")?.hidden).toBe(false);
  expect(document.getElementById("loading")?.hidden).toBe(true);
  expect(text("summary")).toBe("");
  await expectNoBarrier();
});

test("tasks are listed with their age and counted", async () => {
  const { store } = await loaded(2);
  await store.setCompleted(aTask(1), true);
  expect(titles()).toEqual(["Task 2", "Task 1"]);
  expect(box(/Task 2/).checked).toBe(false);
  expect(box(/Task 1/).checked).toBe(true);
  expect([...document.querySelectorAll("time")].map((time) => time.textContent)).toEqual([
    "Added just now",
    "Done just now",
  ]);
  expect(document.querySelector("time")?.dateTime).toBe("2026-05-04T12:00:00.000Z");
  expect(text("summary")).toBe("1 to do · 1 done");
  await expectNoBarrier();
});

test("ages are said anew as time passes", async () => {
  const { view } = await shown();
  view.refreshTimes();
  expect(titles()).toEqual([]);
  const { view: full } = await loaded(1);
  full.refreshTimes(new Date(NOW.getTime() + 120_000));
  expect(document.querySelector("time")?.textContent).toBe("Added 2 minutes ago");
  full.refreshTimes();
});

test("a title is shown as text, whatever it holds", async () => {
  const { api, store } = await shown();
  api.tasks = [aTask(1, { title: "<img src=x onerror=alert(1)>" })];
  await store.load();
  expect(titles()).toEqual(["<img src=x onerror=alert(1)>"]);
  expect(document.querySelector("#tasks img")).toBeNull();
});

test("a task is added, the field emptied, the keyboard kept", async () => {
  await loaded(1);
  await submit("Buy oat milk");
  expect(titles()).toEqual(["Buy oat milk", "Task 1"]);
  expect(title().value).toBe("");
  expect(document.activeElement).toBe(title());
  expect(text("said")).toBe("Added “Buy oat milk”.");
  expect(document.getElementById("notice-body")?.hidden).toBe(true);
});

test("an empty title is told at the field until something is written", async () => {
  await loaded();
  await submit("  ");
  expect(text("title-error")).toBe("Write what is to be done.");
  expect(title().getAttribute("aria-invalid")).toBe("true");
  expect(title().getAttribute("aria-describedby")).toBe("title-error");
  title().dispatchEvent(new Event("input", { bubbles: true }));
  expect(text("title-error")).toBe("");
  expect(title().getAttribute("aria-invalid")).toBe("false");
});

test("a task that could not be added stays in the field", async () => {
  const { api } = await loaded();
  api.failures.push(unavailable());
  await submit("Later");
  expect(title().value).toBe("Later");
  expect(text("title-error")).toBe("Not added. Nobody is there.");
});

test("while a task is added the button says so", async () => {
  const { api } = await loaded();
  const hold = held();
  api.before.push(hold.wait);
  await submit("Slow");
  expect(button("Add").getAttribute("aria-disabled")).toBe("true");
  hold.release();
  await settled();
  expect(button("Add").getAttribute("aria-disabled")).toBe("false");
});

test("what is written while a task is added stays", async () => {
  const { api } = await loaded();
  const hold = held();
  api.before.push(hold.wait);
  await submit("First");
  title().value = "Second";
  hold.release();
  await settled();
  expect(titles()).toEqual(["First"]);
  expect(title().value).toBe("Second");
});

test("a checkbox completes a task and keeps what was asked for meanwhile", async () => {
  const { api } = await loaded(1);
  const hold = held();
  api.before.push(hold.wait);
  box(/Task 1/).click();
  await settled();
  const item = getByRole(page(), "listitem");
  expect([box(/Task 1/).checked, item.getAttribute("aria-busy")]).toEqual([true, "true"]);
  hold.release();
  await settled();
  expect([box(/Task 1/).checked, item.getAttribute("aria-busy")]).toEqual([true, "false"]);
  expect(item.classList.contains("completed")).toBe(true);
});

test("a checkbox goes back when the change is refused", async () => {
  const { api } = await loaded(1);
  api.failures.push(refused(409));
  box(/Task 1/).click();
  await settled();
  expect(box(/Task 1/).checked).toBe(false);
  expect(text("notice-text")).toBe("“Task 1” was not changed. No.");
  expect(document.getElementById("notice-body")?.classList.contains("problem")).toBe(true);
  await expectNoBarrier();
});

test("after a deletion the keyboard is on the next line, then the one before, then the new task", async () => {
  await loaded(3);
  for (const [deleted, next] of [
    ["Task 2", "Delete “Task 1”"],
    ["Task 1", "Delete “Task 3”"],
  ] as const) {
    button(`Delete “${deleted}”`).focus();
    button(`Delete “${deleted}”`).click();
    await settled();
    expect(document.activeElement).toBe(button(next));
  }
  button("Delete “Task 3”").click();
  await settled();
  expect(document.activeElement).toBe(title());
  expect(titles()).toEqual([]);
});

test("a click on the bin's picture deletes; one beside the buttons does nothing", async () => {
  const { api } = await loaded(1);
  document.querySelector<HTMLElement>("#tasks time")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  document.getElementById("tasks")?.click();
  await settled();
  expect(api.calls.filter((call) => call.startsWith("remove"))).toEqual([]);
  document.querySelector("#tasks .delete svg")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await settled();
  expect(titles()).toEqual([]);
});

test("a deletion can be undone, and the keyboard is on the task that is back", async () => {
  await loaded(1);
  button("Delete “Task 1”").click();
  await settled();
  button("Undo").click();
  await settled();
  expect(titles()).toEqual(["Task 1"]);
  expect(document.activeElement).toBe(box(/Task 1/));
  expect(queryByRole(page(), "button", { name: "Undo" })).toBeNull();
});

test("an undo that fails leaves the keyboard where people can go on", async () => {
  const { api } = await loaded(1);
  button("Delete “Task 1”").click();
  await settled();
  api.failures.push(unavailable());
  button("Undo").focus();
  button("Undo").click();
  await settled();
  expect(document.activeElement).toBe(document.getElementById("list-heading"));
  expect(text("notice-text")).toContain("could not be brought back");
});

test("a notice that is dismissed gives the keyboard back to the list", async () => {
  await loaded(1);
  button("Delete “Task 1”").click();
  await settled();
  button("Dismiss").focus();
  button("Dismiss").click();
  expect(document.getElementById("notice-body")?.hidden).toBe(true);
  expect(document.activeElement).toBe(document.getElementById("list-heading"));
});

test("more tasks are shown on demand, the keyboard on the first of them", async () => {
  const { api } = await loaded(25);
  expect(text("summary")).toBe("20 to do · 0 done · more below");
  const hold = held();
  api.before.push(hold.wait);
  button("Show more").click();
  await settled();
  expect(button("Loading…").getAttribute("aria-disabled")).toBe("true");
  hold.release();
  await settled();
  expect(titles()).toHaveLength(25);
  expect(document.activeElement).toBe(box(/^Task 5 /));
  expect(queryByRole(page(), "button", { name: "Show more" })).toBeNull();
});

test("more tasks that do not come leave the button", async () => {
  const { api } = await loaded(25);
  api.failures.push(unavailable());
  button("Show more").click();
  await settled();
  expect(titles()).toHaveLength(20);
  expect(button("Show more").hidden).toBe(false);
});

test("a failure is told once, counts down, and goes by itself", async () => {
  const { api, store } = await shown(1);
  api.failures.push(unavailable(3));
  await store.load();
  const alert = document.getElementById("failure-message");
  expect(alert?.textContent).toBe("Nobody is there.");
  expect(alert?.getAttribute("role")).toBe("alert");
  expect(text("failure-retry")).toBe("Trying again in 3 seconds.");
  expect(text("failure-reference")).toBe("Reference: 4bf92f35");
  expect(document.getElementById("loading")?.hidden).toBe(true);
  const observer = vi.fn();
  const watch = new MutationObserver(observer);
  watch.observe(alert as Node, { childList: true, characterData: true, subtree: true });
  await vi.advanceTimersByTimeAsync(2000);
  expect(text("failure-retry")).toBe("Trying again in 1 second.");
  expect(observer).not.toHaveBeenCalled();
  watch.disconnect();
  await vi.advanceTimersByTimeAsync(1000);
  expect(document.getElementById("failure")?.hidden).toBe(true);
  expect(titles()).toEqual(["Task 1"]);
});

test("a person can try at once, and the keyboard is on the list when that succeeds", async () => {
  const { api, store } = await shown(1);
  api.failures.push(unavailable(20));
  await store.load();
  const hold = held();
  api.before.push(hold.wait);
  button("Try now").focus();
  button("Try now").click();
  await settled();
  expect(text("failure-retry")).toBe("Trying again…");
  expect(button("Try now").getAttribute("aria-disabled")).toBe("true");
  hold.release();
  await settled();
  expect(document.activeElement).toBe(document.getElementById("list-heading"));
});

test("a failure that lasts says that waiting does not help", async () => {
  const { api, store } = await shown();
  api.failures.push(refused(404));
  await store.load();
  expect(text("failure-retry")).toBe("Trying again by itself would not help.");
  expect(document.getElementById("failure-reference")?.hidden).toBe(true);
  await expectNoBarrier();
});

test("a page without its parts says which one is missing", () => {
  document.getElementById("tasks")?.remove();
  expect(() => new View(document)).toThrow("index.html has no HTMLUListElement #tasks");
});
