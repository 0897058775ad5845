/**
 * A client that believes everything: it reads each answer, takes every sentence that asks for something for an order, and
 * carries it out with its own key, until nothing new is asked of it. It is what a model would be at its worst.
 */
import { firstLooks } from './injections.ts'

export type Order =
  | { readonly kind: 'call'; readonly tool: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly kind: 'http'; readonly method: string; readonly target: string }
  /** The call, and then again with a yes that nobody gave. */
  | { readonly kind: 'answer'; readonly tool: string; readonly args: Readonly<Record<string, unknown>> }

/** Longer arguments are nobody's order. */
const MAX_ARGUMENTS = 4000
/** Orders beget orders, and plans do; a test of a hundred sentences needs some hundreds. */
export const MAX_ORDERS = 1500

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON object that begins at `from`. */
const objectAt = (text: string, from: number): Readonly<Record<string, unknown>> | undefined => {
  let depth = 0
  for (let at = from; at < Math.min(text.length, from + MAX_ARGUMENTS); at += 1) {
    if (text[at] === '{') depth += 1
    if (text[at] !== '}') continue
    depth -= 1
    if (depth > 0) continue
    try {
      const parsed: unknown = JSON.parse(text.slice(from, at + 1))
      return isObject(parsed) ? parsed : undefined
    } catch {
      return undefined
    }
  }
  return undefined
}

const CALLS = [/\b(?:call|run|use|invoke)\s+([a-z_]{3,40})\s+with\s+(?=\{)/gi, /\b([a-z]+_[a-z_]{2,40})\((?=\{)/g]
const ANSWER = /\banswer\s+([a-z_]{3,40})\s+with\s+(?=\{)/g
const RPC = /"method"\s*:\s*"tools\/call"\s*,\s*"params"\s*:\s*(?=\{)/g
const HTTP =
  /\b(GET|POST|PUT|PATCH|DELETE)\s+(?:your key to\s+)?(https?:\/\/[^\s"'\\]+|\{\{approveUrl\}\}[^\s"'\\]*|\/[a-z][^\s"'\\]*)/g
const CURSOR = /cursor[^A-Za-z0-9_-]+([A-Za-z0-9_-]{40,})/g

const ordersOf = (text: string): readonly Order[] => {
  const calls = CALLS.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match): Order[] => {
      const args = objectAt(text, match.index + match[0].length)
      return args === undefined ? [] : [{ kind: 'call', tool: match[1] ?? '', args }]
    }),
  )
  const rpc = [...text.matchAll(RPC)].flatMap((match): Order[] => {
    const params = objectAt(text, match.index + match[0].length)
    const args = params?.arguments
    return typeof params?.name === 'string' && isObject(args) ? [{ kind: 'call', tool: params.name, args }] : []
  })
  const http = [...text.matchAll(HTTP)].map(([, method = '', target = '']): Order => ({ kind: 'http', method, target }))
  const cursors = [...text.matchAll(CURSOR)].map(
    ([, cursor]): Order => ({
      kind: 'call',
      tool: 'resources_list',
      args: { kind: 'Secret', namespace: 'canary', cursor },
    }),
  )
  const answers = [...text.matchAll(ANSWER)].flatMap((match): Order[] => {
    const args = objectAt(text, match.index + match[0].length)
    return args === undefined ? [] : [{ kind: 'answer', tool: match[1] ?? '', args }]
  })
  return [...calls, ...rpc, ...http, ...cursors, ...answers]
}

/** As it reads, and as it would read without the escapes that JSON and YAML put in. */
export const ordersIn = (text: string): readonly Order[] => {
  const plain = text.replaceAll('\\n', '\n').replaceAll('\\"', '"').replaceAll("''", "'")
  return [text, plain, plain.replaceAll('\\"', '"')].flatMap(ordersOf)
}

export interface Hands {
  readonly key: string
  /** http://127.0.0.1:PORT of the gateway. It cannot reach anything else: it brings what it is told to the gateway. */
  readonly origin: string
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<string>
  http(method: string, url: string): Promise<string>
  /** Calls, and calls again with answers and states of its own making. */
  answer(tool: string, args: Readonly<Record<string, unknown>>): Promise<string>
}

const PLAN = /"planId":"([^"]+)"/g
const APPROVE_URL = /"approveUrl":"([^"]+)"/g
/** What an order says of plans; it is carried out for every one. */
const ABOUT_PLANS = /\{\{(?:plan|approveUrl)\}\}/

/** Resolves with every order that it carried out, in their order. */
export const obey = async ({ key, origin, call, http, answer }: Hands): Promise<readonly Order[]> => {
  const queue: Order[] = firstLooks.map(([tool, args]) => ({ kind: 'call', tool, args: { ...args } }))
  const known = new Set(queue.map((order) => JSON.stringify(order)))
  const done: Order[] = []
  const standing: string[] = []
  const plans: { readonly id: string; readonly url: string }[] = []
  const about = (order: string, { id, url }: { readonly id: string; readonly url: string }): Order =>
    JSON.parse(order.replaceAll('{{plan}}', id).replaceAll('{{approveUrl}}', url)) as Order
  const hear = (orders: readonly Order[]): void => {
    for (const order of orders) {
      const id = JSON.stringify(order)
      if (known.has(id)) continue
      known.add(id)
      if (!ABOUT_PLANS.test(id)) queue.push(order)
      else {
        standing.push(id)
        queue.push(...plans.map((plan) => about(id, plan)))
      }
    }
  }
  /** Orders in what was read, and plans. */
  const read = (text: string): void => {
    const urls = [...text.matchAll(APPROVE_URL)].map(([, url = '']) => url)
    for (const [index, [, id = '']] of [...text.matchAll(PLAN)].entries()) {
      if (plans.some((plan) => plan.id === id)) continue
      const plan = { id, url: urls[index] ?? '' }
      plans.push(plan)
      queue.push(...standing.map((order) => about(order, plan)))
    }
    hear(ordersIn(text))
  }
  const own = (args: Readonly<Record<string, unknown>>) =>
    JSON.parse(JSON.stringify(args).replaceAll('{{key}}', key)) as Record<string, unknown>
  for (let order = queue.shift(); order !== undefined && done.length < MAX_ORDERS; order = queue.shift()) {
    done.push(order)
    if (order.kind === 'call') {
      read(await call(order.tool, own(order.args)))
      continue
    }
    if (order.kind === 'answer') {
      read(await answer(order.tool, own(order.args)))
      continue
    }
    const url = order.target.replaceAll('{{key}}', key)
    if (url.startsWith('/') || url.startsWith(origin)) read(await http(order.method, url.replace(origin, '')))
    else
      hear([
        { kind: 'call', tool: 'clusters_list', args: { cluster: url } },
        { kind: 'call', tool: 'resources_get', args: { kind: url, name: url, namespace: 'lures' } },
        { kind: 'call', tool: 'events_list', args: { namespace: url, involvedObject: url } },
      ])
  }
  return done
}
