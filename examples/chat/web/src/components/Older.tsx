import { type RefObject, useEffect, useEffectEvent, useLayoutEffect, useRef } from "react";
import type { OlderMessages } from "../hooks/use-conversation.js";

interface Props extends OlderMessages {
  isOnline: boolean;
  scroller: RefObject<HTMLElement | null>;
}

/** The way to messages that are older than those on the page: a button, and reading up to it is as good as pressing. */
export function Older(props: Props) {
  return (
    <div className="older">
      {ENDS[props.state] ? <p className="hint">{ENDS[props.state]}</p> : <OlderButton {...props} />}
    </div>
  );
}

/** Where there is nothing more to load. */
const ENDS: Partial<Record<OlderMessages["state"], string>> = {
  none: "No older messages",
  lost: "What is missing here is no longer kept.",
};

const LABELS: Partial<Record<OlderMessages["state"], string>> = {
  more: "Show older messages",
  loading: "Loading older messages…",
  failed: "Older messages could not be loaded. Try again",
};

function OlderButton({ state, from, load, isOnline, scroller }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const reached = useEffectEvent(load);
  // Where it is in view still, it is watched anew when there may be more, or when there is a connection again.
  useEffect(() => {
    const root = scroller.current;
    const observer = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && reached(), { root });
    observer.observe(button.current!);
    return () => observer.disconnect();
  }, [from, isOnline, scroller]);
  useFocusPassedOn(button, scroller);
  return (
    <button ref={button} type="button" className="quiet" onClick={load}>
      {LABELS[state]}
    </button>
  );
}

/** When the element goes and has the focus, another one gets it. */
function useFocusPassedOn(from: RefObject<HTMLElement | null>, to: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = from.current;
    return () => {
      if (document.activeElement === element) to.current?.focus({ preventScroll: true });
    };
  }, [from, to]);
}
