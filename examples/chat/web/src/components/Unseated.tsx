import type { DialogueError } from "dialogue-client";

/** Why one has no seat in the room, and a way to ask again. */
export function Unseated({ error, onRetry }: { error: DialogueError; onRetry: () => void }) {
  const isFull = error.code === "ROOM_FULL";
  return (
    <section id="unseated" className="unseated">
      <div className="card" role="alert">
        <h2 id="unseated-title">{isFull ? "The room is full" : "You could not join the room"}</h2>
        <p id="unseated-text">
          {isFull ? "Every seat is taken. Try again when somebody has left." : error.message}
        </p>
        <button id="try-again" className="primary" autoFocus onClick={onRetry}>
          Try again
        </button>
      </div>
    </section>
  );
}
