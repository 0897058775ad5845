/** Tables in Markdown, padded so that they can be read where they are printed and pasted into docs/performance.md. */

export const markdownTable = (headers: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [headers, ...rows]
  const widths = headers.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] ?? '').length)))
  const print = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [print(headers), print(widths.map((width) => '-'.repeat(width))), ...rows.map(print)].join('\n')
}

export const printTable = (title: string, headers: readonly string[], rows: readonly (readonly string[])[]): void =>
  console.log(`\n${title}\n\n${markdownTable(headers, rows)}`)
