import type { DialogueError } from "dialogue-client";
import { useCallback, useEffect, useState } from "react";
import { DialogueProvider } from "../dialogue.js";
import { characters } from "../text.js";
import { Chat } from "./Chat.js";
import { Welcome } from "./Welcome.js";

const KEY = "name";
const MAX_NAME = 64;

/** Who is there; `fault` says why they are asked for another name. */
interface Visitor {
  name: string;
  isIn: boolean;
  fault?: string;
}

/** Asks for a name, unless the address or this tab knows one, and then is the chat. */
export function App() {
  const [visitor, setVisitor] = useState(firstVisitor);
  const { name, isIn, fault = "" } = visitor;
  useEffect(() => {
    if (isIn) return sessionStorage.setItem(KEY, name);
    sessionStorage.removeItem(KEY);
    if (location.search) history.replaceState(null, "", location.pathname);
  }, [name, isIn]);
  const leave = useCallback((error?: DialogueError) => {
    const fault = error && `The server said no: ${error.code}: ${error.message}`;
    setVisitor(({ name }) => ({ name, isIn: false, ...(fault !== undefined && { fault }) }));
  }, []);
  if (!isIn) return <Welcome name={name} fault={fault} onName={(entered) => setVisitor(visitorOf(entered))} />;
  return (
    <DialogueProvider url={location.origin} auth={{ userId: name }} reconnectionAttempts={Infinity}>
      <Chat me={name} onLeave={leave} />
    </DialogueProvider>
  );
}

function firstVisitor(): Visitor {
  const known = new URLSearchParams(location.search).get("name") ?? sessionStorage.getItem(KEY);
  return known === null ? { name: "", isIn: false } : visitorOf(known);
}

function visitorOf(entered: string): Visitor {
  const name = entered.trim();
  if (!name) return { name, isIn: false, fault: "Please enter a name." };
  if (characters(name) <= MAX_NAME) return { name, isIn: true };
  return { name, isIn: false, fault: `Please choose a name of at most ${MAX_NAME} characters.` };
}
