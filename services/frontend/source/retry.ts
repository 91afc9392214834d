/** When to ask again after a failure. */

const LONGEST_SECONDS = 30;

/**
 * Whole seconds to wait before the next try: what the server asked for, else 1, 2, 4 ... 30; and up to a quarter more
 * by chance, so that not all pages come back at the same moment.
 */
export function retryDelaySeconds(failures: number, askedSeconds: number | null, random = Math.random): number {
  const wanted = askedSeconds ?? 2 ** (failures - 1);
  const bounded = Math.min(Math.max(wanted, 1), LONGEST_SECONDS);
  return Math.ceil(bounded * (1 + random() / 4));
}
