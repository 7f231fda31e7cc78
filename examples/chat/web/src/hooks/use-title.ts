import { useEffect, useState } from "react";

/** Sets the title of the tab; what arrives while nobody looks at it is counted in front. Tell it what has arrived. */
export function useTitle(title: string): (count: number) => void {
  const [unseen, setUnseen] = useState(0);
  useEffect(() => {
    document.title = unseen ? `(${unseen}) ${title}` : title;
    return () => {
      document.title = "Chat";
    };
  }, [title, unseen]);
  useEffect(() => {
    const seen = (): void => {
      if (!document.hidden) setUnseen(0);
    };
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);
  return (count) => {
    if (document.hidden) setUnseen((before) => before + count);
  };
}
