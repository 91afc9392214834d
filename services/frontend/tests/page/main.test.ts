// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openPage } from "./page";

const item = {
  id: "1",
  title: "Buy oat milk",
  created_at: new Date().toISOString(),
  completed_at: null,
};

beforeEach(async () => {
  vi.useFakeTimers();
  openPage();
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => Response.json({ items: [item], next_cursor: null })),
  );
  vi.resetModules();
  await import("../../source/main");
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("the page loads its tasks", () => {
  expect(document.querySelector("#tasks .title")?.textContent).toBe("Buy oat milk");
});

test("the page looks again when the network is back and when somebody looks at it", async () => {
  dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(0);
  const before = vi.mocked(fetch).mock.calls.length;
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.mocked(fetch).mock.calls.length).toBe(before);
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.mocked(fetch).mock.calls.length).toBeGreaterThan(before);
});

test("ages grow while the page is open", async () => {
  await vi.advanceTimersByTimeAsync(180_000);
  expect(document.querySelector("time")?.textContent).toMatch(/^Added [23] minutes ago$/);
});
