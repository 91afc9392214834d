import { expect, test, vi } from "vitest";
import { ApiError, tasksApi } from "../../source/api";

const JSON_TASK = {
  id: "7",
  title: "Buy oat milk",
  created_at: "2026-05-04T10:00:00+00:00",
  completed_at: "2026-05-04T11:00:00Z",
};
const TASK = {
  id: "7",
  title: "Buy oat milk",
  createdAt: new Date("2026-05-04T10:00:00Z"),
  completedAt: new Date("2026-05-04T11:00:00Z"),
};

function answering(body: unknown, init: ResponseInit = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response(init.status === 204 ? null : text, init));
  return { api: tasksApi(fetch), fetch };
}

async function failure(request: Promise<unknown>): Promise<ApiError> {
  return request.then(
    () => expect.unreachable("it should have failed"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(ApiError);
      return error as ApiError;
    },
  );
}

function asked(fetch: ReturnType<typeof answering>["fetch"]) {
  const [url, options] = fetch.mock.calls[0] ?? [];
  return { url, method: options?.method, body: options?.body, type: new Headers(options?.headers).get("Content-Type") };
}

test("a page of tasks is read, its cursor kept", async () => {
  const { api, fetch } = answering({ items: [JSON_TASK], next_cursor: "a/b=" });
  expect(await api.list(20, null)).toEqual({ tasks: [TASK], next: "a/b=" });
  expect(asked(fetch)).toEqual({ url: "/api/tasks?limit=20", method: "GET", body: undefined, type: null });
});

test("the next page is asked for with the cursor", async () => {
  const { api, fetch } = answering({ items: [], next_cursor: null });
  expect(await api.list(5, "a/b=")).toEqual({ tasks: [], next: null });
  expect(asked(fetch).url).toBe("/api/tasks?limit=5&cursor=a%2Fb%3D");
});

test("a task is created from its title", async () => {
  const { api, fetch } = answering({ ...JSON_TASK, completed_at: null }, { status: 201 });
  expect(await api.create("Buy oat milk")).toEqual({ ...TASK, completedAt: null });
  expect(asked(fetch)).toEqual({
    url: "/api/tasks",
    method: "POST",
    body: '{"title":"Buy oat milk"}',
    type: "application/json",
  });
});

test("a task is completed and deleted by its id", async () => {
  const { api, fetch } = answering(JSON_TASK);
  expect(await api.setCompleted("7", true)).toEqual(TASK);
  expect(asked(fetch)).toMatchObject({ url: "/api/tasks/7", method: "PATCH", body: '{"completed":true}' });
  const gone = answering(null, { status: 204 });
  expect(await gone.api.remove("a/7")).toBeUndefined();
  expect(asked(gone.fetch)).toMatchObject({ url: "/api/tasks/a%2F7", method: "DELETE" });
});

test("without an answer nobody knows what happened, and later may help", async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => {
    throw new TypeError("network");
  });
  const error = await failure(tasksApi(fetch).list(20, null));
  expect(error).toMatchObject({ message: "The server cannot be reached.", status: null });
  expect([error.temporary, error.outcomeUnknown]).toEqual([true, true]);
});

test("an answer that breaks off is none", async () => {
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) });
  const error = await failure(tasksApi(async () => new Response(broken)).list(20, null));
  expect(error.status).toBeNull();
});

test("a request has a time limit", async () => {
  const { api, fetch } = answering({ items: [], next_cursor: null });
  await api.list(20, null);
  expect(fetch.mock.calls[0]?.[1]?.signal).toBeInstanceOf(AbortSignal);
});

test("a refusal speaks in the words of its problem details", async () => {
  const problem = { title: "Service Unavailable", detail: "Come back soon.", trace_id: "4bf92f35" };
  const { api } = answering(problem, { status: 503, headers: { "Retry-After": "7" } });
  const error = await failure(api.list(20, null));
  expect(error).toMatchObject({ message: "Come back soon.", status: 503, retryAfterSeconds: 7, reference: "4bf92f35" });
  expect([error.temporary, error.outcomeUnknown]).toEqual([true, false]);
});

test.each([
  [{ title: "Not Found" }, "Not Found"],
  [{ detail: [{ msg: "no" }] }, "The server answered with status 404."],
  ["<html>", "The server answered with status 404."],
  [[], "The server answered with status 404."],
])("a refusal %j reads %j", async (body, message) => {
  const { api } = answering(body, { status: 404, headers: { "X-Request-Id": "abc", "Retry-After": "tomorrow" } });
  const error = await failure(api.remove("7"));
  expect(error).toMatchObject({ message, status: 404, retryAfterSeconds: null, reference: "abc" });
  expect([error.temporary, error.outcomeUnknown]).toEqual([false, false]);
});

test.each([
  [429, true, false],
  [500, true, true],
  [502, true, true],
  [504, true, true],
  [400, false, false],
])("status %i: temporary %s, outcome unknown %s", (status, temporary, unknown) => {
  const error = new ApiError("", status);
  expect([error.temporary, error.outcomeUnknown]).toEqual([temporary, unknown]);
});

test.each([
  ["not json", "{"],
  ["a list", []],
  ["null", "null"],
  ["no items", { next_cursor: null }],
  ["no cursor", { items: [] }],
  ["a cursor that is none", { items: [], next_cursor: {} }],
  ["no id", { items: [{ ...JSON_TASK, id: undefined }], next_cursor: null }],
  ["no title", { items: [{ ...JSON_TASK, title: 3 }], next_cursor: null }],
  ["no date", { items: [{ ...JSON_TASK, created_at: "soon" }], next_cursor: null }],
  ["a date that is none", { items: [{ ...JSON_TASK, completed_at: 5 }], next_cursor: null }],
])("an answer with %s is not understood", async (_, body) => {
  const error = await failure(answering(body).api.list(20, null));
  expect(error).toMatchObject({ message: "The server's answer is not understood.", status: 200 });
});
