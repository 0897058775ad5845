/**
 * How much of what is a credential is masked: every format in every surrounding, under the name that its provider's
 * documentation gives it and, where it tells what it is by itself, under names that say nothing. Caught means that no
 * half of it is left.
 */
import { createMarker } from '../../src/guard/output/marks.ts'
import { scrub } from '../../src/guard/output/scrub.ts'
import { redactObject } from '../../src/guard/output/structure.ts'
import type { Format } from './format.ts'
import { clouds, hosts, registries } from './formats-clouds.ts'
import { files, keys, kubernetes, urls } from './formats-plain.ts'
import { models, payments, stores, talk, telemetry } from './formats-services.ts'
import { unseen } from './formats-unseen.ts'
import { createRandom } from './random.ts'
import { nameless, objects, type Surrounding, texts } from './surroundings.ts'

export const groups: Readonly<Record<string, readonly Format[]>> = {
  Clouds: clouds,
  'Hosts of source, CI': hosts,
  'Registries of packages': registries,
  'Talk and mail': talk,
  Payments: payments,
  Telemetry: telemetry,
  Models: models,
  'Secret stores, tools': stores,
  Kubernetes: kubernetes,
  'Keys and tokens': keys,
  'Files of credentials': files,
  'URLs, connection strings, headers': urls,
}

/** Counted apart: no detector was made with these in view. */
export const UNSEEN = 'Not looked at when the detectors were made'

export type Naming = 'named' | 'nameless'

/** One format in one surrounding. */
export interface Outcome {
  readonly group: string
  readonly format: string
  readonly surrounding: string
  readonly naming: Naming
  readonly tried: number
  readonly caught: number
}

/** Of each format, in each surrounding. */
const SAMPLES = 3
/** Says nothing of what it names. */
const NEUTRAL = 'item'

const rules = { mark: createMarker(new Uint8Array(32).fill(7)), personalData: 'pass' } as const
const MAX_STRING = 48_000

/** What leaves of `content`. */
const shown = ({ door }: Surrounding, content: string | object): string => {
  if (typeof content === 'string') return scrub(content, rules, { isLog: door === 'log' }).text
  const { value } = redactObject(content, { ...rules, maxString: MAX_STRING })
  return scrub(JSON.stringify(value), rules).text
}

const outcomeOf = (group: string, format: Format, surrounding: Surrounding, naming: Naming): Outcome => {
  const random = createRandom(`${format.name}/${surrounding.name}/${naming}`)
  let caught = 0
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const { content, needles } = surrounding.place(format.make(random), naming === 'named' ? format.key : NEUTRAL)
    const left = shown(surrounding, content)
    if (!needles.some((needle) => left.includes(needle))) caught += 1
  }
  return { group, format: format.name, surrounding: surrounding.name, naming, tried: SAMPLES, caught }
}

/** Every outcome, in the lists' order. */
export const measureRecall = (): readonly Outcome[] =>
  Object.entries({ ...groups, [UNSEEN]: unseen }).flatMap(([group, formats]) =>
    formats.flatMap((format) => {
      const named = [...texts, ...objects].map((it) => outcomeOf(group, format, it, 'named'))
      if (!format.telling) return named
      return [...named, ...[...texts, ...nameless, ...objects].map((it) => outcomeOf(group, format, it, 'nameless'))]
    }),
  )
