import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import {
  checkApiVersion,
  checkContainer,
  checkFieldSelector,
  checkKind,
  checkLabelSelector,
  checkName,
  checkNamespace,
  quote,
} from '../../../src/kube/names.ts'
import { HOSTILE } from './hostile.ts'

const refusal = (act: () => unknown): BulkheadError => {
  try {
    act()
  } catch (error) {
    if (error instanceof BulkheadError) return error
  }
  throw new Error('it was accepted')
}

const pods = { group: '', resource: 'pods' }
const roles = { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' }

describe('names', () => {
  it.each([
    [pods, 'web-1'],
    [pods, 'web-7d9f8c6b5-x2x4z'],
    [{ group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' }, 'widgets.example.com'],
    [roles, 'system:node'],
    [roles, 'cert-manager-controller-approve:cert-manager-io'],
    [{ group: 'networking.k8s.io', resource: 'ipaddresses' }, '2001:db8::1'],
    [{ group: 'user.openshift.io', resource: 'users' }, 'kube:admin'],
    [undefined, 'system:node'],
    [undefined, 'a'.repeat(253)],
  ])('accepts %j %s', (hint, name) => {
    expect(checkName(hint, name)).toBe(name)
  })

  it.each([
    [pods, 'system:node'],
    [pods, 'Web'],
    [pods, 'web-'],
    [pods, 'web.'],
    [{ group: '', resource: 'namespaces' }, 'a.b'],
    [{ group: '', resource: 'services' }, 'a'.repeat(64)],
    [roles, '..'],
    [undefined, 'a'.repeat(254)],
  ])('refuses %j %s', (hint, name) => {
    expect(refusal(() => checkName(hint, name)).code).toBe('invalid_arguments')
  })

  it('refuses a thousand hostile spellings in every place, in words that are short and plain (L3-5)', () => {
    expect(HOSTILE.length).toBeGreaterThan(1000)
    for (const text of HOSTILE) {
      const checks = [
        () => checkName(pods, text),
        () => checkNamespace(text),
        () => checkContainer(text),
        () => checkName(undefined, text),
        () => checkKind(text),
        () => checkApiVersion(text),
      ]
      for (const check of checks) {
        const { code, message } = refusal(check)
        expect(code).toBe('invalid_arguments')
        expect(message).toMatch(/^[\x20-\x7e…]{1,900}$/)
      }
    }
  })

  it('never passes anything that a path would not carry as one plain segment', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 12 }), (text) => {
        let accepted = true
        try {
          checkName(undefined, text)
        } catch {
          accepted = false
        }
        return !accepted || (/^[A-Za-z0-9]/.test(text) && !/[^\x21-\x7e]|[/%?#\\]/.test(text))
      }),
      { numRuns: 2000 },
    ))

  it('shows look-alikes and hidden characters', () => {
    expect(quote('p\u043eds')).toBe('"p\\u{43e}ds"')
    expect(quote('a"\u202e\n')).toBe('"a\\u{22}\\u{202e}\\u{a}"')
    expect(quote('x'.repeat(300))).toBe(`"${'x'.repeat(60)}…" (300 characters)`)
  })
})

describe('kinds and versions', () => {
  it.each(['Pod', 'pods', 'po', 'deployments.apps', 'NetworkPolicy', 'widgets.example.com'])('accepts %s', (kind) => {
    expect(checkKind(kind)).toBe(kind)
  })
  it.each(['v1', 'apps/v1', 'gateway.networking.k8s.io/v1beta1', 'autoscaling/v2'])('accepts %s', (version) => {
    expect(checkApiVersion(version)).toBe(version)
  })
  it.each(['1', 'apps/', '/v1', 'apps/v1/x', 'v1/../v1', 'Apps/v1', 'v1 '])('refuses apiVersion %j', (version) => {
    expect(refusal(() => checkApiVersion(version)).code).toBe('invalid_arguments')
  })
})

describe('label selectors', () => {
  it.each([
    '',
    'app=web',
    'app==web',
    'app!=web',
    'app=',
    'app',
    '!app',
    ' app = web , tier in ( a , b ) ',
    'env notin (dev),app.kubernetes.io/name=web',
    'in in (in)',
    'x in (,a)',
    'weight>10,weight<-3',
  ])('accepts %j', (selector) => {
    expect(checkLabelSelector(selector)).toBe(selector)
  })
  it.each([
    'app=web;rm',
    'app=we b',
    'app=web,',
    ',app',
    'app in a',
    'app in (a',
    'app in (a))',
    'app=web&limit=0',
    '=web',
    'app=!x',
    'app>x',
    'app%3Dweb',
    '-app=web',
    'a/b/c=d',
    'Example.com/app=web',
    `app=${'x'.repeat(64)}`,
    'app=\u043eb',
    'app=web\n',
    'a'.repeat(1025),
  ])('refuses %j', (selector) => {
    expect(refusal(() => checkLabelSelector(selector)).code).toBe('invalid_arguments')
  })
  it('always comes to an end', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a=!,() in><notx/.'), maxLength: 40 }), (text) => {
        try {
          return checkLabelSelector(text) === text
        } catch (error) {
          return error instanceof BulkheadError
        }
      }),
      { numRuns: 3000 },
    ))
})

describe('field selectors', () => {
  it.each([
    '',
    'status.phase=Running',
    'spec.nodeName!=node-1,metadata.name==web',
    'metadata.name=',
    'spec.x=a\\,b\\=c\\\\',
  ])('accepts %j', (selector) => {
    expect(checkFieldSelector(selector)).toBe(selector)
  })
  it.each([
    'status.phase',
    'status.phase=Running,',
    '=x',
    'a=b=c',
    'a=b\\x',
    'a=b\\',
    'a b=c',
    'a=\u043e',
    'a=b\r\nc',
    '../x=y',
    `a=${'x'.repeat(1100)}`,
  ])('refuses %j', (selector) => {
    expect(refusal(() => checkFieldSelector(selector)).code).toBe('invalid_arguments')
  })
})
