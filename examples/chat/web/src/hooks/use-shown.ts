import { useEffect, useState } from "react";

/** Whether something is shown that opens and closes; Escape closes it. */
export function useShown(): [isShown: boolean, toggle: () => void] {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const close = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") setShown(false);
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, []);
  return [isShown, () => setShown((before) => !before)];
}
