/** The inverse of ages.ts: ages as the API server prints them in its tables, back to milliseconds. */

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  y: 365 * 86_400_000,
}

/** `3m20s`, `5d2h`, `45s`. Undefined for anything else, such as `<unknown>`. What was printed is rounded down. */
export const parseAge = (text: string): number | undefined => {
  if (!/^(?:[0-9]{1,6}[smhdy]){1,2}$/.test(text)) return undefined
  let total = 0
  for (const [, number, unit = ''] of text.matchAll(/([0-9]+)([smhdy])/g))
    total += Number(number) * (UNIT_MS[unit] ?? 0)
  return total
}
