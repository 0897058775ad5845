/**
 * `/audit/checkpoint`, `/audit/key`, `/audit/proof` and `/audit/tree`: what it takes to check a ledger without trust in
 * this server. They hold hashes and signatures, nothing of a record, and so none is itself recorded: a monitor that asks
 * every minute must not fill the ledger that it watches.
 *
 * Order: after `authenticate` for operators and `requirePower` for `audit`.
 */
import { type Context, Hono } from 'hono'
import type { Config } from '../config.ts'
import { within } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import { toBase64 } from '../guard/base64.ts'
import { originOf, type Signer, vkeyOf } from '../guard/checkpoint.ts'
import { consistencyRanges, inclusionRanges, type Range } from '../guard/merkle.ts'
import { frontierOf, hashesOf } from '../guard/tree.ts'
import { GATEWAY_LEDGER, type Ports } from '../ports.ts'
import type { HttpEnv } from './env.ts'

const READ_DEADLINE_MS = 10_000
const NUMBER = /^(0|[1-9][0-9]{0,14})$/

export interface CheckpointsOptions {
  readonly config: Pick<Config, 'clusters' | 'publicUrl'>
  readonly ports: Pick<Ports, 'ledgers' | 'checkpoints'>
  /** What needs the master key; throws `not_ready` while there is none. */
  readonly open: () => Promise<{ readonly signer: Signer }>
}

const malformed = (what: string): BulkheadError => new BulkheadError('malformed_request', what)

/** The query, with these names at most once each and no other. */
const queryOf = (url: string, names: readonly string[]): Readonly<Record<string, string | undefined>> => {
  const query = new URL(url).searchParams
  const given = [...query.keys()]
  if (given.some((name, at) => !names.includes(name) || given.indexOf(name) !== at))
    throw malformed(`This takes ${names.join(', ')} in the query, each once.`)
  return Object.fromEntries(query)
}

const unavailable = () => new BulkheadError('ledger_unavailable', 'The ledger does not answer. Ask again.')
const inTime = <T>(work: Promise<T>): Promise<T> => within(READ_DEADLINE_MS, work, unavailable)

export const createCheckpoints = ({ config, ports, open }: CheckpointsOptions): Hono<HttpEnv> => {
  const names = [GATEWAY_LEDGER, ...Object.keys(config.clusters)]

  const ledgerOf = (name: string | undefined): string => {
    if (name === undefined || !names.includes(name))
      throw new BulkheadError('unknown_cluster', `Name the ledger: one of ${names.join(', ')}.`)
    return name
  }

  /** A number of the query, at most `most`; `otherwise` where it is absent. */
  const numberOf = (text: string | undefined, name: string, most: number, otherwise?: number): number => {
    if (text === undefined && otherwise !== undefined) return otherwise
    if (text === undefined || !NUMBER.test(text) || Number(text) > most)
      throw malformed(`"${name}" is a whole number, here at most: ${most}.`)
    return Number(text)
  }

  /** How far the tree of a ledger reaches: to its newest checkpoint. */
  const sizeOf = async (name: string): Promise<number> =>
    (await inTime(ports.ledgers.ledger(name).status())).audit.checkpoint?.size ?? 0

  const hashes = async (name: string, ranges: readonly Range[]): Promise<readonly string[]> =>
    (await inTime(hashesOf(ports.checkpoints(name), ranges))).map(toBase64)
  const rootOf = async (name: string, size: number): Promise<string | undefined> =>
    (await hashes(name, [{ start: 0, end: size }]))[0]

  const inclusion = async (c: Context<HttpEnv>, name: string, query: ReturnType<typeof queryOf>) => {
    const signed = await sizeOf(name)
    const size = numberOf(query.size, 'size', signed, signed)
    if (size === 0) throw malformed('A tree of no records has no leaf: ask for one of a checkpoint.')
    const leafIndex = numberOf(query.leaf, 'leaf', size - 1)
    const [root, proof] = await Promise.all([rootOf(name, size), hashes(name, inclusionRanges(leafIndex, size))])
    const [leafHash] = await hashes(name, [{ start: leafIndex, end: leafIndex + 1 }])
    return c.json({ ledger: name, leafIndex, seq: leafIndex + 1, leafHash, size, root, proof })
  }

  const consistency = async (c: Context<HttpEnv>, name: string, query: ReturnType<typeof queryOf>) => {
    const signed = await sizeOf(name)
    const to = numberOf(query.to, 'to', signed, signed)
    const from = numberOf(query.from, 'from', to)
    const [fromRoot, toRoot] = await Promise.all([rootOf(name, from), rootOf(name, to)])
    return c.json({ ledger: name, from, to, fromRoot, toRoot, proof: await hashes(name, consistencyRanges(from, to)) })
  }

  const app = new Hono<HttpEnv>()

  app.get('/key', async (c) => {
    const { ledger } = queryOf(c.req.url, ['ledger'])
    const { signer } = await open()
    const wanted = ledger === undefined ? names : [ledgerOf(ledger)]
    return c.text(wanted.map((name) => `${vkeyOf(originOf(config.publicUrl, name), signer.publicKey)}\n`).join(''))
  })

  app.get('/checkpoint', async (c) => {
    const query = queryOf(c.req.url, ['ledger', 'size'])
    const name = ledgerOf(query.ledger)
    const { checkpoint: newest } = (await inTime(ports.ledgers.ledger(name).status())).audit
    const size = numberOf(query.size, 'size', newest?.size ?? 0, newest?.size ?? 0)
    const found = size === newest?.size ? newest : await inTime(ports.checkpoints(name).checkpoint(size))
    if (found === undefined)
      throw new BulkheadError('not_found', 'There is no checkpoint yet: the first comes after `audit.checkpointEvery`.')
    return c.text(found.note, 200, { 'last-modified': new Date(found.time).toUTCString() })
  })

  app.get('/proof', async (c) => {
    const query = queryOf(c.req.url, ['ledger', 'leaf', 'size', 'from', 'to'])
    const name = ledgerOf(query.ledger)
    const [ofLeaf, ofTree] = [query.leaf ?? query.size, query.from ?? query.to]
    if ((ofLeaf === undefined) === (ofTree === undefined))
      throw malformed('Ask for the proof of a leaf ("leaf", "size") or of two trees ("from", "to").')
    return ofLeaf === undefined ? consistency(c, name, query) : inclusion(c, name, query)
  })

  app.get('/tree', async (c) => {
    const query = queryOf(c.req.url, ['ledger', 'size'])
    const name = ledgerOf(query.ledger)
    const size = numberOf(query.size, 'size', await sizeOf(name))
    const frontier = await inTime(frontierOf(ports.checkpoints(name), size))
    return c.text(`${name}=${size}:${frontier.map(toBase64).join(',')}\n`)
  })

  return app
}
