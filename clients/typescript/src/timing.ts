/** How long a server may let this client wait before it asks again. */
const MAX_RETRY_AFTER = 60_000;

/** How long to wait when the server says to come back later, but not when. */
const RETRY_AFTER = 1000;

/** What a timer can wait for, in milliseconds: a longer time would be none. */
export const bounded = (delay: number): number => Math.min(delay, 2 ** 31 - 1);

/** When to ask again, as the server said, within bounds. */
export function retryDelay(retryAfter: number | undefined): number {
  return Math.min(Math.max(retryAfter ?? RETRY_AFTER, 0), MAX_RETRY_AFTER);
}

/** How long to wait after so many failures: doubled each time, and spread so that not all clients come at once. */
export function backoff(failures: number, first: number, longest: number): number {
  const delay = Math.min(first * 2 ** failures, longest);
  return bounded(delay * (0.5 + Math.random()));
}
