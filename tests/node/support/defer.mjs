const deferred = new WeakMap();

/**
 * Runs `action` when the test has ended, after what was deferred later: a page is closed before the server that it
 * talks to. The runner's own `after` would begin with the oldest.
 */
export function defer(t, action) {
  let actions = deferred.get(t);
  if (!actions) {
    deferred.set(t, (actions = []));
    t.after(() => runAll(actions));
  }
  actions.push(action);
}

/** A failure does not keep the others from being run; the first one is reported. */
async function runAll(actions) {
  const failures = [];
  for (const action of actions.reverse()) {
    try {
      await action();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
