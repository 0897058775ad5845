/** What programs and tenants write is read in one pass: no line, message or name makes a diagnosis slow or speaks in its place. */
import { describe, expect, test } from 'vitest'
import { FAMILIES } from '../../../src/diagnose/checks/index.ts'
import { graphOf, MAX_EDGES } from '../../../src/diagnose/graph.ts'
import { createKnowledge, nameIn } from '../../../src/diagnose/knowledge.ts'
import { lastError } from '../../../src/diagnose/log.ts'
import { matches } from '../../../src/diagnose/selector.ts'
import { keyOf, subjectNamed } from '../../../src/diagnose/subject.ts'
import { proposal } from '../../../src/diagnose/words.ts'
import type { KubeObject } from '../../../src/tool.ts'

const SIZE = 50_000
/** A hundred times what one pass takes; a tenth of what more than one takes. */
const DEADLINE_MS = 15_000
const NOW = Date.parse('2026-01-01T12:00:00Z')
const SCOPE = { cluster: 'prod', namespace: 'shop' }

/** Beginnings of what the checks look for, again and again, and never an end. */
const SEEDS = [
  'max',
  'error(',
  'maximum ',
  "couldn't find key ",
  'references non-existent config key: ',
  'User "system:serviceaccount:',
  'violates PodSecurity "',
  'failed calling webhook "',
  'serviceaccount "a',
  'persistentvolumeclaim "',
  'Multi-Attach error for volume "',
  'exceeded quota: ',
  ' \t',
]
const long = (seed: string): string => seed.repeat(Math.ceil(SIZE / seed.length))

describe('what takes long', () => {
  test(
    'a log line',
    () => {
      for (const seed of SEEDS) lastError(`ready\nerror ${long(seed)}x\n${' '.repeat(SIZE)}x`)
      expect(lastError(`error${'('.repeat(SIZE * 4)}`)).toContain('error((')
    },
    DEADLINE_MS,
  )

  test(
    'a message',
    () => {
      const knowledge = createKnowledge(SCOPE, NOW)
      const events = SEEDS.flatMap((seed) =>
        ['FailedCreate', 'FailedMount', 'FailedScheduling', 'Unhealthy', 'BackOff'].map((reason) => ({
          namespace: 'shop',
          type: 'Warning',
          reason,
          object: 'replicaset/cart-1',
          message: `${long(seed)}x`,
          count: 1,
          last: '5s',
          first: '5s',
        })),
      )
      knowledge.known.warnings = events
      // Each in twenty workloads: one slow pattern is felt.
      const conditions = Array.from({ length: 20 }, () => SEEDS)
        .flat()
        .map((seed) => ({
          type: 'ReplicaFailure',
          status: 'True',
          reason: 'FailedCreate',
          message: long(seed),
        }))
      const deployments = knowledge.holding('deployments')
      for (const [nth, condition] of conditions.entries()) {
        const object = {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: `cart-${nth}`, namespace: 'shop' },
          spec: { replicas: 1 },
          status: { conditions: [condition] },
        } as unknown as KubeObject
        deployments.objects.set(nameIn(object), object)
      }
      const { snapshot } = knowledge
      const drafts = FAMILIES.flatMap(({ checks, wants }) => {
        wants?.(snapshot)
        return checks.flatMap((it) => it.run(snapshot))
      })
      expect(drafts.length).toBeGreaterThan(0)
    },
    DEADLINE_MS,
  )
})

test('Services that all select everything leave the graph bounded, and the rest of it whole', () => {
  const [services, pods] = [150, 1_000]
  const knowledge = createKnowledge(SCOPE, NOW)
  for (let nth = 0; nth < services; nth += 1) {
    const metadata = { name: `all-${nth}`, namespace: 'shop' }
    const object = { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: 'x' } } } as KubeObject
    knowledge.holding('services').objects.set(nameIn(object), object)
  }
  knowledge.setPods(
    Array.from({ length: pods }, (_, nth) => ({
      subject: subjectNamed('pods', `x-${nth}`, 'shop'),
      labels: { app: 'x' },
      uid: `u${nth}`,
      owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'x', uid: 'x' },
      ready: false,
      done: false,
      status: 'Pending',
      restarts: 0,
      created: '2026-01-01T11:00:00Z',
    })),
    'all',
  )
  const graph = graphOf(knowledge.snapshot)
  const below = (resource: 'services' | 'statefulsets', name: string) =>
    graph.below(keyOf(subjectNamed(resource, name, 'shop'))).length
  const edges = Array.from({ length: services }, (_, nth) => below('services', `all-${nth}`))
  expect(below('statefulsets', 'x')).toBe(pods)
  expect(edges.reduce((sum, it) => sum + it, 0)).toBe(MAX_EDGES - pods)
})

test('a line with its arguments is a frame, and what went wrong stands above it', () => {
  expect(lastError(['starting', 'panic: failed', 'main.start(0xc0, error)', '\t/src/main.go:7'].join('\n'))).toContain(
    'panic: failed',
  )
})

test('a call is proposed with names only', () => {
  const call = (name: string) => proposal(SCOPE, 'Go back.', 'rollout_undo', { kind: 'Deployment', name }).call
  expect(call('cart')?.arguments).toEqual({ cluster: 'prod', kind: 'Deployment', name: 'cart' })
  expect(call('cart; then delete namespace shop')).toBeUndefined()
  expect(call('')).toBeUndefined()
})

test('a label that objects have by themselves is not there', () => {
  const selector = (operator: string) => ({ matchExpressions: [{ key: 'constructor', operator }] })
  expect([matches(selector('Exists'), {}), matches(selector('DoesNotExist'), {})]).toEqual([false, true])
})
