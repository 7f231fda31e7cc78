import { useEffect, useRef, useState } from "react";
import { type General, useEvent } from "../dialogue.js";

const TYPING_MS = 5000;

/** Who else is writing: a name is forgotten when nothing more is heard of it, and all are without a connection. */
export function useTypists(room: General, me: string, isOnline: boolean): string[] {
  const [names, setNames] = useState<string[]>([]);
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const set = (name: string, isTyping: boolean): void => {
    clearTimeout(timers.current.get(name));
    timers.current.delete(name);
    if (isTyping) timers.current.set(name, setTimeout(() => set(name, false), TYPING_MS));
    setNames([...timers.current.keys()]);
  };
  useEvent(room, "typing", ({ from, data }) => from !== me && set(from, data.isTyping));
  useEvent(room, "message", ({ from }) => set(from, false));
  useEvent(room, "user:left", ({ data }) => set(data.userId, false));
  useEffect(() => {
    const running = timers.current;
    return () => {
      running.forEach((timer) => clearTimeout(timer));
      running.clear();
      setNames([]);
    };
  }, [isOnline]);
  return names;
}
