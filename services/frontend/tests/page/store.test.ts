import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type State, TaskStore } from "../../source/store";
import { aTask, FakeApi, held, NOW, refused, unavailable, unreachable } from "./fake";

function aStore(count = 0) {
  const api = new FakeApi(count);
  const seen: State[] = [];
  const store = new TaskStore(api, (state) => seen.push(state));
  return { api, store, seen, titles: () => store.state.tasks.map((task) => task.title) };
}

async function loaded(count = 0) {
  const all = aStore(count);
  await all.store.load();
  all.api.calls.length = 0;
  return all;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
});

test("the first page is loaded, and the next one on demand", async () => {
  const { store, titles } = await loaded(25);
  expect(store.state.loaded).toBe(true);
  expect(titles()).toHaveLength(20);
  const first = await store.loadMore();
  expect(first).toEqual(aTask(5));
  expect(titles()).toHaveLength(25);
  expect(store.state.next).toBeNull();
  expect(store.state.notice?.text).toBe("5 more tasks shown.");
  expect(await store.loadMore()).toBeNull();
});

test("one more task is said as one", async () => {
  const { store } = await loaded(21);
  await store.loadMore();
  expect(store.state.notice?.text).toBe("1 more task shown.");
});

test("a task does not come twice when the list is loaded anew while its next page is on its way", async () => {
  const { api, store, titles } = await loaded(25);
  await store.remove(aTask(25));
  const hold = held();
  api.before.push(hold.wait);
  const more = store.loadMore();
  await store.load();
  hold.release();
  await more;
  expect(titles()).toEqual(Array.from({ length: 24 }, (_, index) => `Task ${24 - index}`));
});

test("the next page is asked for once at a time", async () => {
  const { api, store } = await loaded(25);
  await Promise.all([store.loadMore(), store.loadMore()]);
  expect(api.calls).toEqual(["list 20 6"]);
});

test("a next page that does not come is told, and can be asked for again", async () => {
  const { api, store } = await loaded(25);
  api.failures.push(unavailable());
  expect(await store.loadMore()).toBeNull();
  expect(store.state.notice).toMatchObject({
    kind: "problem",
    text: "More tasks could not be loaded. Nobody is there.",
  });
  expect(await store.loadMore()).not.toBeNull();
});

test("a failure counts down and the list then comes by itself", async () => {
  const { api, store } = aStore(1);
  api.failures.push(unavailable(3));
  await store.load();
  expect(store.state).toMatchObject({
    loaded: false,
    failure: { message: "Nobody is there.", reference: "4bf92f35", retryInSeconds: 3 },
  });
  await vi.advanceTimersByTimeAsync(2000);
  expect(store.state.failure?.retryInSeconds).toBe(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(store.state).toMatchObject({ loaded: true, failure: null });
  await vi.runAllTimersAsync();
  expect(api.calls).toHaveLength(2);
});

test("the delay grows while failures last and starts over after a success", async () => {
  const { api, store } = aStore();
  api.failures.push(unreachable(), unreachable(), unreachable());
  await store.load();
  await vi.advanceTimersByTimeAsync(1000 + 2000);
  expect(store.state.failure?.retryInSeconds).toBe(4);
  await vi.advanceTimersByTimeAsync(4000);
  expect(store.state.failure).toBeNull();
  api.failures.push(unreachable());
  await store.load();
  expect(store.state.failure?.retryInSeconds).toBe(1);
});

test("a person may try before the time is up; the countdown does not try a second time", async () => {
  const { api, store } = aStore();
  const hold = held();
  api.failures.push(unavailable(20));
  await store.load();
  api.before.push(hold.wait);
  const trying = store.load();
  expect(store.state.failure?.retryInSeconds).toBe(0);
  await store.load();
  hold.release();
  await trying;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(api.calls).toHaveLength(2);
});

test("a failure that lasts is not tried again by itself", async () => {
  const { api, store } = aStore();
  api.failures.push(refused(404));
  await store.load();
  expect(store.state.failure?.retryInSeconds).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});

test("a failed reload leaves what is shown", async () => {
  const { api, store, titles } = await loaded(2);
  api.failures.push(unavailable(5));
  await store.load();
  expect(titles()).toEqual(["Task 2", "Task 1"]);
  expect(store.state).toMatchObject({ loaded: true, failure: { retryInSeconds: 5 } });
});

test.each([
  [2, 40],
  [6, 100],
])("a reload of %i pages asks for %i tasks", async (pages, limit) => {
  const { api, store } = await loaded(150);
  for (let page = 1; page < pages; page += 1) await store.loadMore();
  await store.load();
  expect(api.calls.at(-1)).toBe(`list ${limit} null`);
});

test("a list from before a change does not undo it, not even for a moment", async () => {
  const { api, store, seen, titles } = await loaded(2);
  const hold = held();
  api.before.push(hold.wait);
  const loading = store.load();
  await store.remove(aTask(2));
  const removed = seen.length;
  hold.release();
  await loading;
  expect(seen.slice(removed).flatMap((state) => state.tasks)).not.toContainEqual(aTask(2));
  expect(titles()).toEqual(["Task 1"]);
  expect(api.calls).toEqual(["list 20 null", "remove 2", "list 20 null"]);
});

test("a task is added at the top, without the spaces around it", async () => {
  const { api, store, titles } = await loaded(1);
  expect(await store.add("  Buy oat milk ")).toBe(true);
  expect(titles()).toEqual(["Buy oat milk", "Task 1"]);
  expect(store.state).toMatchObject({ adding: false, notice: { kind: "done", text: "Added “Buy oat milk”." } });
  expect(api.calls).toEqual(["create Buy oat milk"]);
});

test.each([
  ["   ", "Write what is to be done."],
  ["x".repeat(201), "Use at most 200 characters."],
])("a title that cannot be is refused without a request", async (title, told) => {
  const { api, store } = await loaded();
  expect(await store.add(title)).toBe(false);
  expect(store.state.titleError).toBe(told);
  expect(api.calls).toEqual([]);
  store.clearTitleError();
  expect(store.state.titleError).toBeNull();
});

test("two hundred characters of any script are a title", async () => {
  const { store } = await loaded();
  expect(await store.add("🚲".repeat(200))).toBe(true);
});

test("a task is not added twice by two clicks", async () => {
  const { api, store } = await loaded();
  await Promise.all([store.add("Once"), store.add("Once")]);
  expect(api.calls).toEqual(["create Once"]);
});

test("a task that was certainly not added is told", async () => {
  const { api, store, titles } = await loaded();
  api.failures.push(unavailable());
  expect(await store.add("Later")).toBe(false);
  expect(store.state).toMatchObject({ adding: false, titleError: "Not added. Nobody is there." });
  expect(titles()).toEqual([]);
  expect(api.calls).toEqual(["create Later"]);
});

test("after a change whose outcome nobody knows the list is loaded anew", async () => {
  const { api, store } = await loaded();
  api.failures.push(unreachable());
  await store.add("Perhaps");
  await vi.runAllTimersAsync();
  expect(api.calls).toEqual(["create Perhaps", "list 20 null"]);
});

test("a task is completed and taken up again", async () => {
  const { store } = await loaded(1);
  await store.setCompleted(aTask(1), true);
  expect(store.state.tasks[0]?.completedAt).not.toBeNull();
  expect(store.state.notice?.text).toBe("“Task 1” is done.");
  await store.setCompleted(aTask(1), false);
  expect(store.state.tasks[0]?.completedAt).toBeNull();
  expect(store.state.notice?.text).toBe("“Task 1” is to be done again.");
});

test("a task changes once at a time and is busy meanwhile", async () => {
  const { api, store } = await loaded(2);
  const hold = held();
  api.before.push(hold.wait);
  const changing = store.setCompleted(aTask(1), true);
  await store.remove(aTask(1));
  expect([...store.state.busy]).toEqual(["1"]);
  hold.release();
  await changing;
  expect(store.state.busy.size).toBe(0);
  expect(api.calls).toEqual(["complete 1 true"]);
});

test("a change that is refused is told and leaves the task", async () => {
  const { api, store, titles } = await loaded(1);
  api.failures.push(unavailable(), refused(409));
  await store.setCompleted(aTask(1), true);
  expect(store.state.notice).toMatchObject({ kind: "problem", text: "“Task 1” was not changed. Nobody is there." });
  await store.remove(aTask(1));
  expect(store.state.notice).toMatchObject({ kind: "problem", text: "“Task 1” was not deleted. No." });
  expect(titles()).toEqual(["Task 1"]);
  expect(store.state.tasks[0]?.completedAt).toBeNull();
});

test("a task that somebody else deleted disappears", async () => {
  const { api, store, titles } = await loaded(2);
  api.tasks = [aTask(2)];
  await store.setCompleted(aTask(1), true);
  expect(titles()).toEqual(["Task 2"]);
  expect(store.state.notice?.text).toBe("“Task 1” had been deleted elsewhere.");
});

test("a deleted task can be brought back, done if it was done", async () => {
  const { store, titles } = await loaded(2);
  await store.setCompleted(aTask(1), true);
  await store.remove(store.state.tasks[1] ?? aTask(1));
  expect(titles()).toEqual(["Task 2"]);
  const restored = await store.undo();
  expect(restored).toMatchObject({ title: "Task 1", completedAt: NOW });
  expect(store.state.tasks[0]).toEqual(restored);
  expect(store.state.notice).toMatchObject({ text: "“Task 1” is back.", undo: null });
  expect(await store.undo()).toBeNull();
});

test("a task that was to do comes back to do", async () => {
  const { api, store } = await loaded(1);
  await store.remove(aTask(1));
  await store.undo();
  expect(api.calls).toEqual(["remove 1", "create Task 1"]);
});

test("bringing back can fail and be tried again", async () => {
  const { api, store, titles } = await loaded(1);
  await store.remove(aTask(1));
  api.failures.push(unavailable());
  expect(await store.undo()).toBeNull();
  expect(store.state.notice).toMatchObject({
    kind: "problem",
    text: "“Task 1” could not be brought back. Nobody is there.",
  });
  await store.undo();
  expect(titles()).toEqual(["Task 1"]);
});

test("a notice can be dismissed", async () => {
  const { store } = await loaded(1);
  await store.remove(aTask(1));
  store.dismissNotice();
  expect(store.state.notice).toBeNull();
});

test("a fault of the page itself is not taken for one of the server", async () => {
  const { api, store } = await loaded(1);
  api.failures.push(new RangeError("a bug"));
  await expect(store.load()).rejects.toThrow("a bug");
});
