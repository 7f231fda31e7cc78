import { Avatar } from "./Avatar.js";

interface Props {
  me: string;
  names: readonly string[];
  /** Where there is no room for both, whether they are seen instead of the conversation. */
  isShown: boolean;
}

export function People({ me, names, isShown }: Props) {
  return (
    <aside id="people" className={isShown ? "people shown" : "people"} aria-label="People in the room">
      <h2>
        <span className="people-count">{countOf(names)}</span> in the room
      </h2>
      <ul id="people-list">
        {names.map((name) => (
          <li key={name}>
            <Avatar name={name} />
            <span className="name" dir="auto" title={name}>
              {name}
            </span>
            {name === me && <span className="you">you</span>}
          </li>
        ))}
      </ul>
    </aside>
  );
}

export function countOf({ length }: readonly string[]): string {
  return length === 1 ? "1 person" : `${length} people`;
}
