/**
 * YAML 1.2 with positions. What could mean something else than it seems is refused: duplicate keys, tabs, custom tags,
 * several documents, aliases past a cap. Whatever is wrong is told with its place, and never by repeating the file's
 * text, which may be a secret in the wrong spot.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit, type YAMLError } from 'yaml'
import { ConfigError, type Finding, type Path } from './finding.ts'

/** A configuration for 200 clusters and 1,000 rules is a few hundred kilobytes. */
const MAX_YAML_BYTES = 1_000_000
/** Anchors are for a handful of repeated lists; what expands further is a bomb. */
const MAX_ALIASES = 50
/** A file that is not YAML at all has a problem on every line. */
const MAX_PROBLEMS = 20

export interface YamlDocument {
  readonly value: unknown
  /** A finding at the value of `path`, or at its key; at the nearest thing above where there is neither. */
  at(path: Path, message: string, what?: 'value' | 'key'): Finding
  /** Every scalar of the file: its path and text. */
  scalars(visitor: (path: Path, text: string) => void): void
  /** A finding at a character of a scalar's text, where the text stands in the file as it is read. */
  within(path: Path, offset: number, message: string): Finding
}

const SENTENCES: Partial<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'an alias takes no tag and no anchor',
  BAD_ALIAS: 'not the name of an alias',
  BAD_COLLECTION_TYPE: 'not the kind of collection that its tag says',
  BAD_DIRECTIVE: 'not a directive of YAML 1.2',
  BAD_DQ_ESCAPE: 'not an escape that double quotes know',
  BAD_INDENT: 'indented differently from what it belongs to, or a closing bracket is missing',
  BAD_PROP_ORDER: 'an anchor or tag in the wrong place',
  BAD_SCALAR_START: 'a value cannot begin with this character: put it into quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a block cannot be a key: is a "-" or an indentation missing?',
  BLOCK_IN_FLOW: 'a block inside brackets',
  DUPLICATE_KEY: 'this key stands here a second time',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a key over several lines: is a ":" missing?',
  MULTIPLE_ANCHORS: 'more than one anchor',
  MULTIPLE_DOCS: 'a second document ("---"): one file holds one configuration',
  MULTIPLE_TAGS: 'more than one tag',
  RESOURCE_EXHAUSTION: 'nested too deeply to be read',
  TAB_AS_INDENT: 'a tab: indent with spaces',
  TAG_RESOLVE_FAILED: 'a tag that is not known here',
  UNEXPECTED_TOKEN: 'this does not fit here',
}

interface Found {
  readonly key: unknown
  readonly value: unknown
}

export const readYaml = (text: string, file: string): YamlDocument => {
  const lines = new LineCounter()
  const place = (offset: number, path: Path, message: string): Finding => {
    const { line, col } = lines.linePos(offset)
    // A counter that has seen no line yet (an empty file) says 0.
    return { file, line: Math.max(1, line), column: Math.max(1, col), path, message }
  }
  const refuse = (message: string): never => {
    throw new ConfigError([place(0, [], message)])
  }
  if (text.length > MAX_YAML_BYTES) return refuse(`more than ${MAX_YAML_BYTES} characters`)

  const parse = () => {
    try {
      return parseDocument(text, {
        version: '1.2',
        strict: true,
        uniqueKeys: true,
        prettyErrors: false,
        lineCounter: lines,
      })
    } catch {
      return refuse('nested too deeply to be read')
    }
  }
  const document = parse()
  const problems = [...document.errors, ...document.warnings].map((it) =>
    place(it.pos[0], [], SENTENCES[it.code] ?? `not YAML (${it.code.toLowerCase()})`),
  )
  // One slip often offends several rules in the same place.
  const first = problems.filter((it, index) => problems.findIndex((other) => other.line === it.line) === index)
  if (first.length > 0) throw new ConfigError(first.slice(0, MAX_PROBLEMS))
  if (document.directives?.yaml.version === '1.1') return refuse('YAML 1.1 reads some words differently: use YAML 1.2')

  let aliases = 0
  const refuseNode = (node: unknown, message: string): never => {
    throw new ConfigError([place((isNode(node) ? node.range?.[0] : undefined) ?? 0, [], message)])
  }
  visit(document, {
    Alias: (_, alias, ancestors) => {
      if (++aliases > MAX_ALIASES) refuseNode(alias, `more than ${MAX_ALIASES} aliases`)
      const target = alias.resolve(document)
      if (target === undefined) refuseNode(alias, 'an alias whose anchor does not stand before it')
      if (ancestors.some((it) => it === target)) refuseNode(alias, 'an alias inside what it stands for')
    },
    Pair: (_, pair) => {
      if (!isScalar(pair.key)) refuseNode(pair.key, 'a key is a word, not a list, a map or an alias')
    },
  })

  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node)
  const step = (node: unknown, key: string | number): Found | undefined => {
    const it = resolved(node)
    if (isSeq(it))
      return typeof key === 'number' && key < it.items.length ? { key: undefined, value: it.items[key] } : undefined
    if (!isMap(it)) return undefined
    const pair = it.items.find(
      (pair) => (isScalar(pair.key) ? String(pair.key.value) : String(pair.key)) === String(key),
    )
    return pair === undefined ? undefined : { key: pair.key, value: pair.value }
  }
  /** The deepest thing on the way that the file holds. */
  const find = (path: Path): { found: Found; complete: boolean } => {
    let found: Found = { key: undefined, value: document.contents }
    for (const key of path) {
      const next = step(found.value, key)
      if (next === undefined) return { found, complete: false }
      found = next
    }
    return { found, complete: true }
  }
  const start = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined)

  const at: YamlDocument['at'] = (path, message, what = 'value') => {
    const { found, complete } = find(path)
    // What is missing is missing from something: its key is the line to look at.
    const first = complete && what === 'value' ? found.value : (found.key ?? found.value)
    return place(start(first) ?? start(found.key) ?? 0, path, message)
  }

  const toJs = () => {
    try {
      return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown
    } catch {
      return refuse('aliases that expand to too much')
    }
  }

  return {
    value: toJs(),
    at,
    scalars(visitor) {
      const walk = (node: unknown, path: Path): void => {
        if (isScalar(node)) visitor(path, String(node.value))
        else if (isMap(node)) for (const pair of node.items) walk(pair.value, [...path, String(pair.key)])
        else if (isSeq(node)) for (const [index, item] of node.items.entries()) walk(item, [...path, index])
      }
      walk(document.contents, [])
    },
    within(path, offset, message) {
      const node = resolved(find(path).found.value)
      const from = start(node)
      if (!isScalar(node) || from === undefined || typeof node.value !== 'string') return at(path, message)
      const quoted = text[from] === '"' || text[from] === "'" ? 1 : 0
      const asIs = text.startsWith(node.value, from + quoted)
      if (asIs) return place(from + quoted + offset, path, message)
      return at(path, `${message} (at character ${offset + 1} of it)`)
    },
  }
}
