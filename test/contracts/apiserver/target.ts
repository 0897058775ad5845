/**
 * What a contract about the API server needs from whoever runs it: requests as the administrator, as a bearer of some
 * token or as nobody, and three things that cannot be made through the API. Everything else a contract makes itself,
 * in a namespace of its own, so that it holds on any cluster.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'

export type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

export interface ApiRequest {
  readonly method?: string
  /** Sent as it is when it is a string, as JSON otherwise. */
  readonly body?: Json
  /** Lower-case names; accept and content-type are application/json unless given here. */
  readonly headers?: Readonly<Record<string, string>>
  /** A bearer token in place of the administrator's credential; null for none at all. */
  readonly token?: string | null
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** As it came over the wire. */
  readonly bytes: Buffer
}

export interface ApiServerTarget {
  request(path: string, asked?: ApiRequest): Promise<ApiAnswer>
  /** A running container that has written at least three lines, none in the last seconds; oldest first. */
  log(): Promise<{
    readonly namespace: string
    readonly pod: string
    readonly container: string
    readonly lines: readonly string[]
  }>
  /** A continue token for this list that the server once gave and that has expired. */
  expiredContinueToken(listPath: string): Promise<string>
}

export interface Contract {
  readonly name: string
  run(target: ApiServerTarget): Promise<void>
}

const DEADLINE_MS = 20_000
const POLL_MS = 50

/** Tries until the condition gives something; real controllers take their time. */
export const eventually = async <T>(what: string, condition: () => Promise<T | undefined>): Promise<T> => {
  const end = Date.now() + DEADLINE_MS
  while (Date.now() < end) {
    const found = await condition()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`${what}: not so after ${DEADLINE_MS / 1000} s`)
}

export interface Answer {
  readonly status: number
  readonly headers: ApiAnswer['headers']
  readonly text: string
  readonly bytes: Buffer
  /** The text as JSON; empty where it is none. */
  readonly body: JsonObject
}

/** A friendlier face of a target: parsed answers, a namespace of its own. */
export class Api {
  readonly target: ApiServerTarget
  readonly namespace: string
  /** Added to every request: impersonation, for one. */
  readonly headers: Readonly<Record<string, string>>

  constructor(target: ApiServerTarget, namespace: string, headers: Readonly<Record<string, string>> = {}) {
    this.target = target
    this.namespace = namespace
    this.headers = headers
  }

  as(user: string): Api {
    return new Api(this.target, this.namespace, { 'impersonate-user': user })
  }

  /** `:ns` in a path is this contract's namespace. */
  async send(method: string, path: string, asked: ApiRequest = {}): Promise<Answer> {
    const answer = await this.target.request(path.replaceAll(':ns', this.namespace), {
      ...asked,
      method,
      headers: { ...this.headers, ...asked.headers },
    })
    const text = answer.headers['content-encoding'] === 'gzip' ? '' : answer.bytes.toString()
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      bytes: answer.bytes,
      get body() {
        return text.startsWith('{') ? (JSON.parse(text) as JsonObject) : {}
      },
    }
  }

  get(path: string, accept?: string): Promise<Answer> {
    return this.send('GET', path, accept === undefined ? {} : { headers: { accept } })
  }

  post(path: string, body: Json, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('POST', path, { body, headers })
  }

  patch(path: string, type: PatchType, body: Json): Promise<Answer> {
    return this.send('PATCH', path, { body, headers: { 'content-type': PATCH_TYPES[type] } })
  }

  /** Creates and insists. */
  async make(path: string, body: Json): Promise<JsonObject> {
    const answer = await this.post(path, body)
    assert.equal(answer.status, 201, `POST ${path}: ${answer.text}`)
    return answer.body
  }

  /** Reads and insists. */
  async read(path: string, accept?: string): Promise<JsonObject> {
    const answer = await this.get(path, accept)
    assert.equal(answer.status, 200, `GET ${path}: ${answer.text}`)
    return answer.body
  }
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

export type PatchType = keyof typeof PATCH_TYPES

/** Runs in a fresh namespace and removes it afterwards, whatever happens. */
export const inNamespace = async (target: ApiServerTarget, run: (api: Api) => Promise<void>): Promise<void> => {
  const name = `contract-${randomBytes(5).toString('hex')}`
  const api = new Api(target, name)
  await api.make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  try {
    await run(api)
  } finally {
    await api.send('DELETE', `/api/v1/namespaces/${name}`)
  }
}

/** A contract that needs a namespace. */
export const contract = (name: string, run: (api: Api) => Promise<void>): Contract => ({
  name,
  run: (target) => inNamespace(target, run),
})

export const at = (value: Json | undefined, ...path: (string | number)[]): Json | undefined => {
  let current: Json | undefined = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Array.isArray(current) ? current[Number(step)] : current[step]
  }
  return current
}

export const list = (value: Json | undefined, ...path: (string | number)[]): JsonObject[] => {
  const found = at(value, ...path)
  assert(Array.isArray(found), `${path.join('.')} is no list`)
  return found as JsonObject[]
}

export const text = (value: Json | undefined, ...path: (string | number)[]): string => {
  const found = at(value, ...path)
  assert(typeof found === 'string', `${path.join('.')} is no string`)
  return found
}

export const names = (body: JsonObject): string[] => list(body, 'items').map((item) => text(item, 'metadata', 'name'))
