/**
 * Short texts that a regular expression matches, or nearly, made from its source: each alternative is taken once, each
 * repetition as short as it may be. They are where a pattern's worst input begins, found without anybody's help. What
 * looks around and where a line ends is left out; a caller sees from the pattern itself which samples match.
 */

/** A pattern of a hundred alternatives gives a hundred; beyond that, more says nothing new. */
const MAX_SAMPLES = 160

const ESCAPES: Readonly<Record<string, string>> = {
  d: '1',
  D: 'a',
  w: 'a',
  W: '-',
  s: ' ',
  S: 'a',
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  v: '\v',
}

interface Parsed {
  readonly samples: readonly string[]
  readonly at: number
}

const unique = (list: readonly string[]): readonly string[] => [...new Set(list)].slice(0, MAX_SAMPLES)

/** Every variation of `next`, behind the first of what stands before; and every one of those before the first of `next`. */
const joined = (before: readonly string[], next: readonly string[]): readonly string[] => {
  const [first = ''] = before
  const [head = ''] = next
  return unique([...before.map((it) => it + head), ...next.map((it) => first + it)])
}

class Reader {
  readonly #source: string
  constructor(source: string) {
    this.#source = source
  }

  alternatives(from: number): Parsed {
    const all: string[] = []
    let at = from
    for (;;) {
      const sequence = this.#sequence(at)
      all.push(...sequence.samples)
      at = sequence.at
      if (this.#source[at] !== '|') return { samples: unique(all), at }
      at += 1
    }
  }

  #sequence(from: number): Parsed {
    let samples: readonly string[] = ['']
    let at = from
    while (at < this.#source.length && this.#source[at] !== '|' && this.#source[at] !== ')') {
      const atom = this.#atom(at)
      const { times, at: end } = this.#times(atom.at)
      at = end
      // What may be missing is there in one sample and not in another.
      const repeated = atom.samples.map((it) => it.repeat(Math.max(1, times)))
      samples = joined(samples, times === 0 ? ['', ...repeated] : repeated)
    }
    return { samples, at }
  }

  #times(at: number): { readonly times: number; readonly at: number } {
    const match = /^(?:[*+?]|\{([0-9]+)(?:,[0-9]*)?\})\??/.exec(this.#source.slice(at, at + 16))
    if (match === null) return { times: 1, at }
    const times = match[1] === undefined ? (match[0].startsWith('+') ? 1 : 0) : Number(match[1])
    return { times, at: at + match[0].length }
  }

  #atom(at: number): Parsed {
    const char = this.#source[at] ?? ''
    if (char === '(') return this.#group(at)
    if (char === '[') return this.#class(at)
    if (char === '\\') return this.#escape(at)
    if (char === '^' || char === '$') return { samples: [''], at: at + 1 }
    return { samples: [char === '.' ? 'a' : char], at: at + 1 }
  }

  #group(at: number): Parsed {
    const opening = /^\((?:\?(?:[=!]|<[=!]|:|<\w+>))?/.exec(this.#source.slice(at, at + 40))?.[0] ?? '('
    const inner = this.alternatives(at + opening.length)
    const looksAround = /[=!]$/.test(opening)
    return { samples: looksAround ? [''] : inner.samples, at: inner.at + 1 }
  }

  #class(at: number): Parsed {
    let end = at + 1
    while (end < this.#source.length && this.#source[end] !== ']') end += this.#source[end] === '\\' ? 2 : 1
    const body = this.#source.slice(at, end + 1)
    const pattern = new RegExp(body, body.includes('\\p') || body.includes('\\u{') ? 'u' : '')
    const member = Array.from('aA1-b_./:=+ "\n\t\u200b\x1b\x9b').find((it) => pattern.test(it))
    const first = body.startsWith('[^') ? undefined : /^\[\\?(.)/.exec(body)?.[1]
    return { samples: [member ?? first ?? 'a'], at: end + 1 }
  }

  #escape(at: number): Parsed {
    const code = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]+)\})/.exec(this.#source.slice(at, at + 12))
    if (code !== null) {
      const value = Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '0', 16)
      return { samples: [String.fromCodePoint(value)], at: at + code[0].length }
    }
    const property = /^\\[pP]\{[^}]*\}/.exec(this.#source.slice(at, at + 64))
    if (property !== null) return { samples: ['\u200b'], at: at + property[0].length }
    const letter = this.#source[at + 1] ?? ''
    if (letter === 'b' || letter === 'B') return { samples: [''], at: at + 2 }
    return { samples: [ESCAPES[letter] ?? letter], at: at + 2 }
  }
}

export const samplesOf = (pattern: RegExp): readonly string[] => new Reader(pattern.source).alternatives(0).samples

/** Every pattern that runs while `work` does, once each. */
export const patternsIn = (work: () => void): readonly RegExp[] => {
  const found = new Map<string, RegExp>()
  const { exec } = RegExp.prototype
  RegExp.prototype.exec = function (this: RegExp, text: string) {
    found.set(String(this), this)
    return exec.call(this, text)
  }
  try {
    work()
  } finally {
    RegExp.prototype.exec = exec
  }
  return [...found.values()]
}
