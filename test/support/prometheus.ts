/**
 * The grammar of Prometheus' text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), as
 * far as a scraper insists on it: each family once, its HELP and TYPE before its samples, no sample twice, histograms whole.
 */
export interface Family {
  readonly type: string
  readonly help: string
  /** Values by `name{labels}`. */
  readonly samples: ReadonlyMap<string, number>
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
const HELP = new RegExp(`^# HELP (${NAME}) (.*)$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`)
const SAMPLE = new RegExp(
  `^(${NAME})(\\{(?:${LABEL}(?:,${LABEL})*)?\\})? ([-+]?(?:[0-9.]+(?:e[-+]?[0-9]+)?|Inf|NaN))$`,
  'i',
)

/** Throws what a scraper would refuse, with the line. */
export const parseMetrics = (text: string): ReadonlyMap<string, Family> => {
  if (!text.endsWith('\n')) throw new SyntaxError('The last line has no end')
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>()
  let help: RegExpExecArray | undefined
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const [helped, typed, sample] = [HELP.exec(line), TYPE.exec(line), SAMPLE.exec(line)]
    if (helped !== null) help = helped
    else if (typed !== null) {
      current = typed[1] ?? ''
      if (help?.[1] !== current || families.has(current)) throw new SyntaxError(`Out of order: ${line}`)
      families.set(current, { type: typed[2] ?? '', help: help[2] ?? '', samples: new Map() })
    } else {
      const [, name = '', labels = '', value = ''] = sample ?? []
      const family = families.get(current)
      const isOwn =
        name === current || (family?.type === 'histogram' && /^_(?:bucket|sum|count)$/.test(name.slice(current.length)))
      if (family === undefined || !isOwn || !name.startsWith(current)) throw new SyntaxError(`No such line: ${line}`)
      const key = `${name}${labels}`
      if (family.samples.has(key)) throw new SyntaxError(`Twice: ${line}`)
      family.samples.set(key, Number(value.replace('Inf', 'Infinity')))
    }
  }
  return families
}
