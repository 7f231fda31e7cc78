/**
 * Runs something in a later task, and returns at once. What a component ends when it unmounts ends that late, so that
 * one that mounts again in the same commit, as under StrictMode, finds it as it was.
 */
export function later(action: () => void): void {
  setTimeout(action);
}
