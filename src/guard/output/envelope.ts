/**
 * The envelope around cluster text (THREATS.md L1-1): one line before, one after, both with a boundary drawn at random
 * for this answer. Text written before the answer existed cannot hold it, so it cannot close the envelope. What the lines
 * mean is told once, in the server's instructions, and not in every answer.
 */

/** 72 bits in twelve characters of base64url: out of reach of guessing, and five tokens. */
const BOUNDARY_BYTES = 9

export interface Envelope {
  readonly open: string
  readonly close: string
}

/** `random`: strong random bytes. `content`: what is inside, so that the boundary is in none of it. */
export const createEnvelope = (random: (bytes: number) => Uint8Array, content: string): Envelope => {
  const boundary = btoa(String.fromCharCode(...random(BOUNDARY_BYTES)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  // Once in 2^72: fails closed rather than draws again, which a broken source of randomness would repeat for ever.
  if (content.includes(boundary)) throw new Error('Enclose cluster text: the boundary is in it')
  return { open: `<untrusted cluster-text ${boundary}>`, close: `</untrusted ${boundary}>` }
}

/** A line that looks like an envelope's, with any boundary, is made to look like none: models read kindly. */
export const defang = (text: string): string => text.replace(/<(?=\s{0,8}\/?\s{0,8}untrusted)/gi, '‹')
