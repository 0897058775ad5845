/** @jsxImportSource hono/jsx */
/** A unified diff, a line an element. The signs stay in the text, so that it reads the same without colour. */

const Line = ({ text }: { text: string }) => {
  if (text.startsWith('+++') || text.startsWith('---')) return <span class="file">{text}</span>
  if (text.startsWith('@@')) return <span class="at">{text}</span>
  if (text.startsWith('+')) return <ins>{text}</ins>
  return text.startsWith('-') ? <del>{text}</del> : <span>{text}</span>
}

export const Diff = ({ text }: { text: string }) => (
  <pre class="diff">
    {text.split('\n').map((line) => (
      <Line text={line} />
    ))}
  </pre>
)
