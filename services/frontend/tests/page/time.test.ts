import { expect, test } from "vitest";
import { ago, inFull } from "../../source/time";

const NOW = new Date("2026-05-04T12:00:00Z");

test.each([
  [-30, "just now"],
  [0, "just now"],
  [59, "just now"],
  [60, "1 minute ago"],
  [3_599, "59 minutes ago"],
  [7_200, "2 hours ago"],
  [86_400, "yesterday"],
  [40 * 86_400, "last month"],
  [800 * 86_400, "2 years ago"],
])("%i seconds back is %s", (seconds, words) => {
  expect(ago(new Date(NOW.getTime() - seconds * 1000), NOW)).toBe(words);
});

test("in full there is a date and a time of day", () => {
  expect(inFull(NOW)).toMatch(/May 4, 2026.*\d:\d\d/);
});
