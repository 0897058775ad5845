/** Words for a model: one fact, one line. Cluster text must not be able to forge a row or a line of ours. */

/** Line breaks, tabs and runs of blanks become one space: a cell or a message stays where it stands. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** `max` characters at most; what was cut ends in `…`. */
export const shorten = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`)

/** `1 line`, `2 lines`. */
export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`

const encoder = new TextEncoder()
/** In UTF-8, which is how budgets count. */
export const bytesOf = (text: string): number => encoder.encode(text).length
