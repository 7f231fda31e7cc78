/** Who is writing. */
export function Typing({ names }: { names: readonly string[] }) {
  return (
    <p id="typing" className="typing">
      {sentence(names)}
    </p>
  );
}

function sentence(names: readonly string[]): string {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length > 3) return `${names.length} people are typing…`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are typing…`;
}
