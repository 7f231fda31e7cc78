import { useEffect, useState } from "react";

/** True while the past is loading and two frames more: a screen reader should not read it out as news. */
export function useQuiet(isLoading: boolean): boolean {
  const [isQuiet, setQuiet] = useState(true);
  useEffect(() => {
    if (isLoading) return setQuiet(true);
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setQuiet(false));
    });
    return () => cancelAnimationFrame(frame);
  }, [isLoading]);
  return isQuiet;
}
