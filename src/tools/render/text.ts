/** Words for a model: one fact, one line. Cluster text must not be able to forge a row or a line of ours. */

/** Line breaks, tabs and runs of blanks become one space: a cell or a message stays where it stands. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** `max` characters at most; what was cut ends in `…`. */
export const shorten = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`)

/** `1 pod`, `2 pods`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`

const encoder = new TextEncoder()
/** In UTF-8, which is how budgets count. */
export const bytesOf = (text: string): number => encoder.encode(text).length
