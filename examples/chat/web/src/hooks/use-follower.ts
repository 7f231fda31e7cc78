import { type RefObject, useEffect, useRef, useState } from "react";
import { Follower } from "../follower.js";

export interface Following {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** How many messages have been added below the reader. */
  unread: number;
  added(count: number): void;
  toEnd(): void;
}

/** A `Follower` for a component. */
export function useFollower(): Following {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const follower = useRef<Follower>(undefined);
  const [unread, setUnread] = useState(0);
  useEffect(() => {
    const current = new Follower(scroller.current!, content.current!, setUnread);
    follower.current = current;
    return () => current.close();
  }, []);
  return {
    scroller,
    content,
    unread,
    added: (count) => follower.current?.added(count),
    toEnd: () => follower.current?.toEnd(),
  };
}
