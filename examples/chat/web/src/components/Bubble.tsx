interface Props {
  text: string;
  replyTo?: string | null | undefined;
}

/** What somebody says, with what it answers. */
export function Bubble({ text, replyTo }: Props) {
  return (
    <div className="bubble" dir="auto">
      {replyTo && <blockquote dir="auto">{replyTo}</blockquote>}
      {text}
    </div>
  );
}
