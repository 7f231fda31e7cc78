import { useEffect, useState } from "react";

/** True while something is loading and two frames more: a screen reader should not read that out as if it were said now. */
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
