import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Access, VERBS } from '../../../src/access.ts'
import { checkRails, isSecretType, RAILS } from '../../../src/guard/rails.ts'
import { HOSTILE } from '../kube/hostile.ts'
import { access, caller, NOW, policyOf } from './policy-fixture.ts'

const get = (more: Partial<Access>): Access => access({ verb: 'get', namespace: 'web', name: 'web-1', ...more })
const review = { verb: 'create' as const, name: 'x' }

/** Every door that a rail closes, and the rail. */
const CLOSED: readonly (readonly [string, Access])[] = [
  ['exec-attach', get({ subresource: 'exec' })],
  ['exec-attach', get({ verb: 'create', subresource: 'exec' })],
  ['exec-attach', get({ subresource: 'attach' })],
  ['port-forward', get({ subresource: 'portforward' })],
  [
    'port-forward',
    get({ group: 'subresources.kubevirt.io', resource: 'virtualmachineinstances', subresource: 'portforward' }),
  ],
  ['proxy', get({ subresource: 'proxy' })],
  ['proxy', get({ resource: 'services', subresource: 'proxy' })],
  ['proxy', get({ resource: 'nodes', subresource: 'proxy' })],
  ['ephemeral-containers', get({ subresource: 'ephemeralcontainers' })],
  ['ephemeral-containers', get({ verb: 'patch', subresource: 'ephemeralcontainers' })],
  ['tokens', get({ verb: 'create', resource: 'serviceaccounts', subresource: 'token' })],
  ['tokens', get({ ...review, group: 'authentication.k8s.io', resource: 'tokenreviews' })],
  ['access-reviews', get({ ...review, group: 'authorization.k8s.io', resource: 'subjectaccessreviews' })],
  ['access-reviews', get({ ...review, group: 'authorization.k8s.io', resource: 'localsubjectaccessreviews' })],
  [
    'certificate-approval',
    get({
      verb: 'update',
      group: 'certificates.k8s.io',
      resource: 'certificatesigningrequests',
      subresource: 'approval',
    }),
  ],
  [
    'certificate-approval',
    get({ verb: 'patch', group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource: 'status' }),
  ],
  ['delete-collection', access({ verb: 'deletecollection', namespace: 'web' })],
  ['status-writes', get({ verb: 'patch', subresource: 'status' })],
  ['status-writes', get({ verb: 'update', resource: 'namespaces', subresource: 'finalize' })],
  ['system-namespaces', get({ verb: 'patch', namespace: 'kube-system' })],
  ['system-namespaces', get({ verb: 'create', namespace: 'kube-public', subresource: 'eviction' })],
  ['system-namespaces', access({ verb: 'delete', namespace: '*' })],
  ['system-namespaces', get({ verb: 'delete', namespace: 'kube-system' })],
  ['system-namespaces', access({ verb: 'patch', namespace: '*' })],
  ['watch', access({ verb: 'watch' })],
  ['unknown-subresource', get({ subresource: 'console' })],
  ['unknown-subresource', get({ group: 'apps', resource: 'deployments', subresource: 'log' })],
  ['spelling', get({ resource: 'pods/exec' })],
  ['spelling', get({ name: '../secrets' })],
]

const allowAll = policyOf([{ name: 'everything', decision: 'allow' }])

describe('rails (R-1)', () => {
  it.each(CLOSED)('%s closes %j, also to a policy that allows everything', (name, closed) => {
    expect(checkRails(closed)).toMatchObject({ decision: 'deny', by: 'rail', rule: name })
    expect(allowAll.decide({ caller: caller(), access: closed, now: NOW })).toMatchObject({ by: 'rail', rule: name })
  })

  it('has a proof for each rail', () => {
    expect(new Set(CLOSED.map(([name]) => name))).toEqual(new Set(RAILS.map((rail) => rail.name)))
  })

  it.each([
    access({}),
    get({}),
    get({ subresource: 'log' }),
    get({ subresource: 'status' }),
    get({ group: 'apps', resource: 'deployments', subresource: 'scale' }),
    get({ resource: 'secrets', name: 'shop-tls' }),
    access({ group: 'rbac.authorization.k8s.io', resource: 'clusterroles', name: 'system:node' }),
    get({ group: 'certificates.k8s.io', resource: 'certificatesigningrequests' }),
  ])('leaves plain reads to policy: %j', (open) => {
    expect(checkRails(open)).toBeUndefined()
  })

  it('R-1 and L3-5 hold for a thousand hostile spellings in every field', () => {
    expect(HOSTILE.length).toBeGreaterThan(1000)
    for (const text of HOSTILE) {
      const spellings: Access[] = [
        get({ resource: text }),
        get({ resource: 'pods', subresource: text }),
        get({ name: text }),
        // `*` is how an access says "all namespaces"; an empty group is the core group.
        ...(text === '*' ? [] : [get({ namespace: text })]),
        ...(text === '' ? [] : [get({ group: text })]),
      ]
      for (const spelling of spellings) {
        const verdict = checkRails(spelling)
        expect(verdict).toMatchObject({ decision: 'deny', by: 'rail' })
        expect(verdict?.reason).toMatch(/^[\x20-\x7e]{1,400}$/)
      }
    }
  })

  it('knows no other verb than those of the vocabulary', () => {
    for (const verb of ['GET', 'connect', 'impersonate', 'bind', 'escalate', '*', ''])
      expect(checkRails({ ...get({}), verb: verb as Access['verb'] })).toMatchObject({ rule: 'spelling' })
  })

  it('opens no subresource of a read but log, status and scale, whatever it is called', () => {
    const label = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz-'), minLength: 1, maxLength: 20 })
    return fc.assert(
      fc.property(label, fc.constantFrom(...VERBS), (subresource, verb) => {
        const open = checkRails(get({ verb, subresource })) === undefined
        const plain = ['log', 'status', 'scale'].includes(subresource)
        return !open || plain || !['get', 'list', 'watch'].includes(verb)
      }),
    )
  })
})

describe('isSecretType', () => {
  it('knows Secrets, and nothing else by that name', () => {
    expect(isSecretType({ group: '', resource: 'secrets' })).toBe(true)
    expect(isSecretType({ group: 'example.com', resource: 'secrets' })).toBe(false)
    expect(isSecretType({ group: '', resource: 'configmaps' })).toBe(false)
  })
})
