import type { ReactNode } from "react";
import { Avatar } from "./Avatar.js";

interface Props {
  title: string;
  me: string;
  onLeave: () => void;
  children: ReactNode;
}

export function Header({ title, me, onLeave, children }: Props) {
  return (
    <header className="top">
      <img src="favicon.svg" alt="" width="32" height="32" />
      <h1 id="room-name">{title}</h1>
      {children}
      <span id="me" className="me">
        <Avatar name={me} />
        <span className="name" dir="auto" title={me}>
          {me}
        </span>
      </span>
      <button id="leave" className="quiet" onClick={onLeave}>
        Leave
      </button>
    </header>
  );
}
