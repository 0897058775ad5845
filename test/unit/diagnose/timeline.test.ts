/** The timeline: newest first, bounded, each change told once, whatever the sources say. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Material, timelineFrom } from '../../../src/diagnose/timeline.ts'
import type { FieldWrite } from '../../../src/tool.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
/** Seconds after noon. */
const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString()
const NOTHING: Material = { written: [], rollouts: [], events: [], releases: [], recorded: [] }
const BOUNDS = { since: NOON - 3_600_000, limit: 100 }

const CART = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' }
const cart = (metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart', namespace: 'shop', ...metadata },
})
const write = (manager: string, seconds: number, more: Partial<FieldWrite> = {}): FieldWrite => ({
  manager,
  operation: 'Update',
  time: at(seconds),
  fields: ['spec.replicas'],
  more: 0,
  ...more,
})
const record = (seconds: number, more: object = {}) => ({
  subject: CART,
  time: at(seconds),
  caller: 'ci-agent',
  tool: 'resources_scale',
  operation: 'patch',
  group: 'apps',
  resource: 'deployments',
  subresource: 'scale',
  namespace: 'shop',
  name: 'cart',
  outcome: 'done',
  ...more,
})
const lines = (material: Partial<Material>, bounds = BOUNDS) =>
  timelineFrom({ ...NOTHING, ...material }, bounds).entries.map(
    ({ time, source, who, what }) => `${(Date.parse(time) - NOON) / 1000} ${source} ${who}: ${what}`,
  )

describe('an object', () => {
  test('is told with who wrote it and what they own, without status', () => {
    const writes = [
      write('kubectl-edit', 10, { fields: ['spec.replicas', 'spec.paused'], more: 3 }),
      write('argocd', 20, { operation: 'Apply', fields: [] }),
      write('hpa', 30, { subresource: 'scale' }),
      write('kube-controller-manager', 40, { subresource: 'status' }),
      write('kubelet', 50, { subresource: 'ephemeralcontainers', fields: [] }),
    ]
    expect(lines({ written: [{ object: cart(), writes }] })).toEqual([
      '50 managedFields kubelet: updated through ephemeralcontainers',
      '30 managedFields hpa: scaled: owns spec.replicas',
      '20 managedFields argocd: applied',
      '10 managedFields kubectl-edit: updated: owns spec.replicas, spec.paused and 3 more',
    ])
  })

  test('was created by whose write is of the same moment, and is being deleted since its grace began', () => {
    const object = cart({ creationTimestamp: at(0), deletionTimestamp: at(90), deletionGracePeriodSeconds: 30 })
    expect(lines({ written: [{ object, writes: [write('kubectl', 0), write('other', 5)] }] })).toEqual([
      '60 managedFields : deletion asked for',
      '5 managedFields other: updated: owns spec.replicas',
      '0 managedFields kubectl: created',
    ])
    expect(lines({ written: [{ object: cart({ creationTimestamp: at(0) }), writes: [] }] })).toEqual([
      '0 managedFields : created',
    ])
  })
})

describe('the same change', () => {
  test('by Bulkhead is told by the ledger, and what it wrote at another time by the object', () => {
    const writes = [write('bulkhead', 11)]
    expect(lines({ recorded: [record(10)], written: [{ object: cart(), writes }] })).toEqual([
      '10 ledger ci-agent: patch of scale by resources_scale: done',
    ])
    expect(lines({ recorded: [record(100)], written: [{ object: cart(), writes }] })).toHaveLength(2)
    const created = { object: cart({ creationTimestamp: at(11) }), writes }
    expect(lines({ recorded: [record(10)], written: [created] })).toHaveLength(1)
    expect(lines({ written: [created] })).toEqual(['11 managedFields bulkhead: created'])
  })

  test('that made a revision is told by the revision, with its author', () => {
    const rollout = { workload: CART, revision: 4, created: at(12), changes: ['image: a → b'], cause: 'faster' }
    const image = { fields: ['spec.template…[app].image'] }
    const writes = [
      write('ci', 2, image),
      write('kubectl-set', 11, image),
      write('kubectl-label', 12, { fields: ['metadata.labels.tier'] }),
      write('hpa', 12, { subresource: 'scale' }),
    ]
    expect(lines({ rollouts: [rollout], written: [{ object: cart(), writes }] })).toEqual([
      '12 rollout kubectl-set: revision 4: image: a → b (cause: faster)',
      '12 managedFields hpa: scaled: owns spec.replicas',
      '12 managedFields kubectl-label: updated: owns metadata.labels.tier',
      '2 managedFields ci: updated: owns spec.template…[app].image',
    ])
    expect(lines({ rollouts: [{ ...rollout, created: at(600) }], written: [{ object: cart(), writes }] })).toHaveLength(
      5,
    )
  })

  test('that made a workload is not told by its first revision as well', () => {
    const rollout = { workload: CART, revision: 1, created: at(12), changes: undefined }
    const created = (seconds: number) => [{ object: cart({ creationTimestamp: at(seconds) }), writes: [] }]
    expect(lines({ rollouts: [rollout], written: created(11) })).toEqual(['11 managedFields : created'])
    expect(lines({ rollouts: [rollout], written: created(-600) })).toHaveLength(2)
  })

  test('in the same words is told once, by its newest', () => {
    expect(lines({ recorded: [record(1), record(3), record(2), record(3, { caller: 'other' })] })).toEqual([
      '3 ledger ci-agent: patch of scale by resources_scale: done',
      '3 ledger other: patch of scale by resources_scale: done',
    ])
  })
})

test('of events only those that tell a change are in it, with how often', () => {
  const event = { subject: CART, message: 'Scaled up\nfrom 1 to 2', source: 'deployment-controller', time: at(1) }
  expect(
    lines({
      events: [
        { ...event, reason: 'ScalingReplicaSet', count: 3 },
        { ...event, reason: 'BackOff', count: 99 },
      ],
    }),
  ).toEqual(['1 event deployment-controller: ScalingReplicaSet (3 times): Scaled up from 1 to 2'])
})

test('of revisions the first few changes, and whether there is one before', () => {
  const rollout = { workload: CART, created: at(1) }
  const five = ['a: 1 → 2', 'b: 1 → 2', 'c: 1 → 2', 'd: 1 → 2', 'e: 1 → 2']
  expect(
    lines({
      rollouts: [
        { ...rollout, revision: 3, changes: five },
        { ...rollout, revision: 2, changes: [] },
        { ...rollout, revision: 1, changes: undefined },
      ],
    }),
  ).toEqual([
    '1 rollout : revision 1: the oldest kept',
    '1 rollout : revision 2: the same template',
    '1 rollout : revision 3: a: 1 → 2, b: 1 → 2, c: 1 → 2 and 2 more',
  ])
})

test('of Helm each release with its revision and status', () => {
  const release = { namespace: 'shop', name: 'web', revision: 4, status: 'failed', updated: at(1) }
  expect(lines({ releases: [release, { ...release, revision: 3, status: '' }] })).toEqual([
    '1 helm helm: revision 3: of unknown status',
    '1 helm helm: revision 4: failed',
  ])
})

describe('whatever the sources say', () => {
  const time = fc.oneof(
    fc.integer({ min: -10_000, max: 10_000 }).map(at),
    fc.constantFrom('', 'yesterday', '+275760-09-13T00:00:01Z'),
  )
  const word = fc.string({ maxLength: 400 })
  const subject = fc.constantFrom('cart', 'web', 'db').map((name) => ({ ...CART, name }))
  const material: fc.Arbitrary<Material> = fc.record({
    written: fc.array(
      fc.record({
        object: fc
          .record({ name: fc.constantFrom('cart', 'web'), creationTimestamp: time, deletionTimestamp: time })
          .map((metadata) => cart(metadata)),
        writes: fc.array(
          fc.record({
            manager: fc.oneof(fc.constant('bulkhead'), word),
            operation: fc.constantFrom('Apply' as const, 'Update' as const),
            time,
            fields: fc.array(word, { maxLength: 3 }),
            more: fc.nat(),
          }),
          { maxLength: 4 },
        ),
      }),
      { maxLength: 4 },
    ),
    rollouts: fc.array(
      fc.record({ workload: subject, revision: fc.nat(), created: time, changes: fc.array(word, { maxLength: 5 }) }),
      { maxLength: 4 },
    ),
    events: fc.array(
      fc.record({
        subject,
        reason: fc.constantFrom('Killing', 'ScalingReplicaSet', 'BackOff'),
        message: word,
        source: word,
        count: fc.nat(),
        time,
      }),
      { maxLength: 6 },
    ),
    releases: fc.array(fc.record({ namespace: word, name: word, revision: fc.nat(), status: word, updated: time }), {
      maxLength: 3,
    }),
    recorded: fc.array(
      time.map((it) => record(0, { time: it })),
      { maxLength: 4 },
    ),
  })

  test('entries are in order, within their time and bounds, on one line, and none is told twice', () => {
    fc.assert(
      fc.property(material, fc.integer({ min: -9_000, max: 9_000 }), fc.nat({ max: 12 }), (it, from, limit) => {
        const since = NOON + from * 1000
        const { entries, leftOut } = timelineFrom(it, { since, limit })
        const times = entries.map((entry) => Date.parse(entry.time))
        expect(times).toEqual(times.toSorted((a, b) => b - a))
        expect(times.every((moment) => moment >= since)).toBe(true)
        expect(entries.length).toBeLessThanOrEqual(limit)
        for (const { what, who } of entries) {
          expect(what.length).toBeLessThanOrEqual(240)
          expect(who.length).toBeLessThanOrEqual(80)
          expect(what + who).not.toMatch(/[\n\r\t]/)
        }
        const keys = entries.map(({ time: _, ...entry }) => JSON.stringify(entry))
        expect(new Set(keys).size).toBe(keys.length)
        // A smaller bound keeps the newest of the same, and says how many more there are.
        const whole = timelineFrom(it, { since, limit: 1000 })
        expect(entries).toEqual(whole.entries.slice(0, limit))
        expect(leftOut).toBe(whole.entries.length - entries.length)
      }),
    )
  })

  test('the order in which it came makes no difference', () => {
    fc.assert(
      fc.property(material, (it) => {
        const reversed: Material = {
          ...it,
          events: it.events.toReversed(),
          recorded: it.recorded.toReversed(),
          releases: it.releases.toReversed(),
        }
        expect(timelineFrom(reversed, BOUNDS)).toEqual(timelineFrom(it, BOUNDS))
      }),
    )
  })
})
