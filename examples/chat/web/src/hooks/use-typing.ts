import { useEffect, useRef } from "react";

const EVERY_MS = 2000;
const STOPPED_AFTER_MS = 3000;

export interface Typing {
  typed(text: string): void;
  stop(): void;
  sent(): void;
}

/** Tells whether one is writing, from what one types; that one is, at most every two seconds for one message. */
export function useTyping(tell: (isTyping: boolean) => void): Typing {
  const isTyping = useRef(false);
  const toldAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const stop = (): void => {
    clearTimeout(timer.current);
    if (isTyping.current) tell(false);
    isTyping.current = false;
  };
  const typed = (text: string): void => {
    clearTimeout(timer.current);
    if (!text.trim()) return stop();
    timer.current = setTimeout(stop, STOPPED_AFTER_MS);
    if (Date.now() - toldAt.current < EVERY_MS) return;
    toldAt.current = Date.now();
    isTyping.current = true;
    tell(true);
  };
  const sent = (): void => {
    stop();
    toldAt.current = 0;
  };
  return { typed, stop, sent };
}
