/** Moments in words. */

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const FULL = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

/** "just now", "5 minutes ago", "yesterday". A moment that a fast clock puts into the future is now. */
export function ago(then: Date, now: Date): string {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  const step = STEPS.find(([, size]) => seconds >= size);
  return step === undefined ? "just now" : AGO.format(-Math.floor(seconds / step[1]), step[0]);
}

/** The date and time of day in full. */
export function inFull(then: Date): string {
  return FULL.format(then);
}
