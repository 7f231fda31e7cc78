import { useEffect, useLayoutEffect, useRef } from "react";

/** Sets the title of the tab; what arrives while nobody looks at it is counted in front. Tell it what has arrived. */
export function useTitle(title: string): (count: number) => void {
  const unseen = useRef(0);
  const newest = useRef(title);
  // At once, and not with the next rendering: of a hidden tab, the title is all that one sees.
  const show = (count: number): void => {
    unseen.current = count;
    document.title = count ? `(${count}) ${newest.current}` : newest.current;
  };
  useLayoutEffect(() => {
    newest.current = title;
    show(unseen.current);
  }, [title]);
  useEffect(() => {
    const seen = (): void => {
      if (!document.hidden) show(0);
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      document.title = "Chat";
    };
  }, []);
  return (count) => {
    if (document.hidden) show(unseen.current + count);
  };
}
