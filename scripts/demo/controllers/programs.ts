/**
 * The images that the demo's kubelet can run: what becomes of a container, and what it logs. A program sees its
 * container's own spec, so a fault is in the manifest and goes away when the manifest is mended.
 */
import type { JsonObject, KubeObject } from '../json.ts'

export interface Running {
  readonly kind: 'runs'
  readonly ready: boolean
}

export interface Fails {
  readonly kind: 'fails'
  readonly exitCode: number
  readonly reason: 'Error' | 'OOMKilled'
  /** Seconds from start to end. */
  readonly after: number
}

export interface Completes {
  readonly kind: 'completes'
  readonly after: number
}

export type Fate = Running | Fails | Completes

export interface LogContext {
  readonly pod: KubeObject
  readonly container: JsonObject
  /** When this run of the container began. */
  readonly started: Date
  /** Its end, or now. */
  readonly until: Date
}

export interface LogLine {
  readonly time: Date
  readonly text: string
}

export interface Program {
  /** The image without its tag. */
  readonly image: string
  /** The tags that can be pulled; absent: all. */
  readonly tags?: readonly string[]
  readonly fate?: (container: JsonObject) => Fate
  readonly log?: (context: LogContext) => LogLine[]
}

export const RUNS: Running = { kind: 'runs', ready: true }

/** A container's log never gets longer than this here; the kubelet would have rotated it. */
export const LOG_LINES = 2000

/**
 * One line each `every` seconds from `started` to `until`, the newest ones when there are too many. The line's number
 * counts from the start, so a line keeps its text while time goes on.
 */
export const periodic = (
  { started, until }: Pick<LogContext, 'started' | 'until'>,
  every: number,
  line: (index: number) => string,
): LogLine[] => {
  const step = every * 1000
  const total = Math.max(0, Math.floor((until.getTime() - started.getTime()) / step))
  const from = Math.max(0, total - LOG_LINES)
  return Array.from({ length: total - from }, (_none, offset) => {
    const index = from + offset
    return { time: new Date(started.getTime() + index * step), text: line(index) }
  })
}

/** Lines right at the start, a tenth of a second apart. */
export const opening = (started: Date, lines: readonly string[]): LogLine[] =>
  lines.map((text, index) => ({ time: new Date(started.getTime() + index * 100), text }))

const GENERIC: Program = {
  image: '',
  log: ({ started }) => opening(started, ['starting', 'ready']),
}

const registry = new Map<string, Program>()

/** Adds programs; a later one with the same image replaces an earlier one. */
export const addPrograms = (programs: readonly Program[]): void => {
  for (const program of programs) registry.set(program.image, program)
}

const splitImage = (image: string): readonly [string, string] => {
  const cut = image.lastIndexOf(':')
  return cut > image.lastIndexOf('/') ? [image.slice(0, cut), image.slice(cut + 1)] : [image, 'latest']
}

/** The program of an image, or undefined when it cannot be pulled. Unknown images are pulled and run idly. */
export const programOf = (image: string): Program | undefined => {
  const [name, tag] = splitImage(image)
  const program = registry.get(name)
  if (program === undefined) return GENERIC
  return program.tags === undefined || program.tags.includes(tag) ? program : undefined
}
