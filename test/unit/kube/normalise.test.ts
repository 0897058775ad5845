/** What counts as a change (THREATS.md L6-2): what the server makes up does not, what was asked for always does. */
import { describe, expect, test } from 'vitest'
import { digestOf, normalise } from '../../../src/kube/normalise.ts'
import type { Json, KubeObject } from '../../../src/tool.ts'

const object = (kind: string, spec: Json, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', namespace: 'shop', ...metadata },
  spec,
})
const created = (it: KubeObject, submitted: KubeObject) =>
  digestOf(normalise(it, { created: true, submitted: submitted as { readonly [key: string]: Json } }))

describe('L6-2 of an object that is to be created', () => {
  test('what a Service is given counts as nothing, what it asks for counts', () => {
    const asked = object('Service', { ports: [{ port: 80 }] })
    const given = (clusterIP: string, nodePort: number) =>
      object('Service', { clusterIP, ports: [{ port: 80, nodePort }] })
    expect(created(given('10.0.0.1', 30001), asked)).toBe(created(given('10.0.0.2', 30002), asked))
    const fixed = (nodePort: number) => object('Service', { clusterIP: 'None', ports: [{ port: 80, nodePort }] })
    expect(created(fixed(30001), fixed(30001))).not.toBe(created(fixed(30002), fixed(30002)))
  })

  test('a Job that chooses its pods by hand is told from one that does not', () => {
    const job = (labels: Json) =>
      object('Job', { manualSelector: true, selector: { matchLabels: labels }, template: { metadata: { labels } } })
    const plain = job({})
    expect(created(job({ 'controller-uid': 'one' }), plain)).toBe(created(job({ 'controller-uid': 'two' }), plain))
    const [one, two] = ['one', 'two'].map((uid) => job({ 'controller-uid': uid }))
    if (one === undefined || two === undefined) throw new Error('no job')
    expect(created(one, one)).not.toBe(created(two, two))
    expect(JSON.stringify(normalise(one, { created: true, submitted: one as never }))).toContain('controller-uid')
  })

  test('a token volume’s random name counts as nothing, the same words elsewhere count', () => {
    const pod = (volume: string, account: string) =>
      object('Pod', {
        serviceAccountName: account,
        volumes: [{ name: volume }],
        containers: [{ name: 'app', volumeMounts: [{ name: volume, mountPath: '/token' }] }],
      })
    const asked = object('Pod', {})
    const [a, b] = ['kube-api-access-abcde', 'kube-api-access-fghij'] as const
    expect(created(pod(a, 'web'), asked)).toBe(created(pod(b, 'web'), asked))
    expect(created(pod(a, a), asked)).not.toBe(created(pod(a, b), asked))
  })
})

test('a key of JavaScript’s own is a key like others', () => {
  const map = (text: string): KubeObject => ({ kind: 'ConfigMap', metadata: { name: 'a' }, ...JSON.parse(text) })
  const digest = (it: KubeObject) => digestOf(normalise(it))
  const [one, two] = [map('{"data":{"__proto__":"1"}}'), map('{"data":{"__proto__":"2"}}')]
  expect(digest(one)).not.toBe(digest(two))
  expect(digest(one)).not.toBe(digest(map('{"data":{}}')))
})
