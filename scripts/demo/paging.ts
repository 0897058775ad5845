/**
 * `limit` and `continue`: a page is cut from the list as it was when the first page was read. Snapshots are kept in a
 * bounded number; one that was dropped, or expired by a test, answers 410 with a token that goes on with the list as it
 * is now, as etcd's compaction makes the real server do.
 */
import { Buffer } from 'node:buffer'
import { isRecord, type KubeObject, nameOf, namespaceOf } from './json.ts'
import { badRequest, expired } from './status.ts'

/** Enough for every client of a local run to be in the middle of several walks. */
const SNAPSHOTS = 64
/** The version in a token that says: go on with whatever is there now. */
const INCONSISTENT = -1

export interface Page {
  readonly items: readonly KubeObject[]
  readonly version: number
  readonly continueToken: string
  readonly remaining: number
}

interface Token {
  readonly version: number
  readonly start: string
}

const encode = (version: number, start: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start })).toString('base64url')

const decode = (token: string): Token => {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`)
  if (!/^[A-Za-z0-9_-]+$/.test(token)) throw refuse('it is not base64')
  let content: unknown
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    throw refuse('it does not hold JSON')
  }
  if (!isRecord(content) || content.v !== 'meta.k8s.io/v1')
    throw refuse('server does not recognize this encoded version')
  if (typeof content.rv !== 'number' || content.rv === 0) throw refuse('incorrect encoded start resourceVersion')
  if (typeof content.start !== 'string' || content.start === '') throw refuse('encoded start key empty')
  if (content.start.split('/').some((part) => part === '..' || part === '.')) throw refuse(content.start)
  return { version: content.rv, start: content.start }
}

export class Pager {
  readonly #snapshots = new Map<string, readonly KubeObject[]>()

  /** Every token handed out so far answers 410 from now on. */
  expire(): void {
    this.#snapshots.clear()
  }

  /**
   * @param scope what is listed (shelf, namespace, selectors): a snapshot belongs to it
   * @param current makes the list as it is now, in key order
   */
  page(scope: string, current: () => readonly KubeObject[], version: number, query: URLSearchParams): Page {
    const asked = query.get('limit') || '0'
    if (!/^-?\d+$/.test(asked)) throw badRequest(`strconv.ParseInt: parsing "${asked}": invalid syntax`)
    const limit = Number(asked)
    const given = query.get('continue') ?? ''
    const allNamespaces = scope.includes('|*|')
    const key = (object: KubeObject) => (allNamespaces ? `${namespaceOf(object)}/${nameOf(object)}` : nameOf(object))
    let token: Token = { version, start: '' }
    let all: readonly KubeObject[]
    if (given === '') {
      all = current()
    } else {
      token = decode(given)
      all = token.version === INCONSISTENT ? current() : this.#recall(scope, token)
    }
    const first = token.start === '' ? 0 : all.findIndex((object) => key(object) >= token.start)
    const rest = first === -1 ? [] : all.slice(first)
    const shown = token.version === INCONSISTENT ? version : token.version
    const items = limit > 0 ? rest.slice(0, limit) : rest
    const last = items.at(-1)
    if (items.length === rest.length || last === undefined) {
      return { items, version: shown, continueToken: '', remaining: 0 }
    }
    this.#keep(`${scope}@${shown}`, all)
    return {
      items,
      version: shown,
      continueToken: encode(shown, `${key(last)}\u0000`),
      remaining: rest.length - items.length,
    }
  }

  #recall(scope: string, token: Token): readonly KubeObject[] {
    const found = this.#snapshots.get(`${scope}@${token.version}`)
    if (found === undefined) throw expired(encode(INCONSISTENT, token.start))
    return found
  }

  #keep(key: string, all: readonly KubeObject[]): void {
    this.#snapshots.delete(key)
    this.#snapshots.set(key, all)
    for (const oldest of this.#snapshots.keys()) {
      if (this.#snapshots.size <= SNAPSHOTS) break
      this.#snapshots.delete(oldest)
    }
  }
}
