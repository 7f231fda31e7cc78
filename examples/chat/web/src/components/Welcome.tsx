import { type FormEvent, useRef, useState } from "react";

interface Props {
  name: string;
  /** What was wrong with that name, if something was. */
  fault: string;
  onName: (entered: string) => void;
}

export function Welcome({ name, fault, onName }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [entered, setEntered] = useState(name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onName(entered);
    input.current?.focus();
  };
  return (
    <main id="welcome" className="welcome">
      <form id="welcome-form" className="card" noValidate onSubmit={submit}>
        <img src="favicon.svg" alt="" width="48" height="48" />
        <h1>Join the chat</h1>
        <label htmlFor="name">What should we call you?</label>
        <input
          id="name"
          ref={input}
          value={entered}
          onChange={(event) => setEntered(event.target.value)}
          maxLength={64}
          autoFocus
          autoComplete="nickname"
          autoCapitalize="words"
          spellCheck={false}
          enterKeyHint="go"
          aria-describedby="name-hint name-error"
          aria-invalid={fault !== ""}
          required
        />
        <p id="name-hint" className="hint">
          Up to 64 characters. Everybody in the room sees it.
        </p>
        <p id="name-error" className="error" role="alert">
          {fault}
        </p>
        <button className="primary">Join</button>
      </form>
    </main>
  );
}
