import { expect, test } from "vitest";
import { retryDelaySeconds } from "../../source/retry";

const never = () => 0;
const always = () => 0.999;

test("the delay doubles with every failure, up to thirty seconds", () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((failures) => retryDelaySeconds(failures, null, never))).toEqual([
    1, 2, 4, 8, 16, 30, 30,
  ]);
});

test("what the server asks for goes before that, within bounds", () => {
  expect([0, -5, 2, 7.2, 86_400].map((seconds) => retryDelaySeconds(9, seconds, never))).toEqual([1, 1, 2, 8, 30]);
});

test("chance adds up to a quarter", () => {
  expect(retryDelaySeconds(1, 20, always)).toBe(25);
  expect(retryDelaySeconds(1, 20)).toBeGreaterThanOrEqual(20);
});
