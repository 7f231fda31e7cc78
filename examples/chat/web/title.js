let title = document.title;
let unread = 0;

/** Sets the title of the tab; what arrives while nobody looks at it is counted in front. */
export function setTitle(text) {
  title = text;
  show();
}

/** A message of somebody else has arrived. */
export function arrived() {
  if (!document.hidden) return;
  unread += 1;
  show();
}

function show() {
  document.title = unread ? `(${unread}) ${title}` : title;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  show();
});
