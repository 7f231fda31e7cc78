import { useEffect, useEffectEvent } from "react";
import { type ChatMessage, type General, useEvent } from "../dialogue.js";

/** Tells of messages of others: those that arrive, and those of a history that stands for what was missed. */
export function useNews(room: General, me: string, onNews: (count: number) => void): void {
  const tell = (messages: readonly ChatMessage[]): void => {
    const { length } = messages.filter(({ from }) => from !== me);
    if (length > 0) onNews(length);
  };
  const missed = useEffectEvent(tell);
  useEvent(room, "message", (message) => tell([message]));
  useEffect(() => {
    let isBack = false;
    const offGap = room?.onGap(() => {
      isBack = true;
    });
    const offHistory = room?.onHistory((messages) => isBack && missed(messages));
    return () => {
      offGap?.();
      offHistory?.();
    };
  }, [room]);
}
