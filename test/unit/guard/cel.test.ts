import { describe, expect, it } from 'vitest'
import { createWhenCompiler, MAX_WHEN_LENGTH, WhenError } from '../../../src/guard/cel.ts'
import { access, caller, NOW } from './policy-fixture.ts'

const compile = createWhenCompiler()
const pod = access({ verb: 'get', namespace: 'web', name: 'web-1' })
const evaluate = (source: string, object: Record<string, unknown> = {}, name = 'web-1') =>
  compile(source).evaluate({ caller: caller({ act: ['planner'] }), access: { ...pod, name }, object, now: NOW })

const failure = (act: () => unknown): { message: string; offset: number | undefined } => {
  try {
    act()
  } catch (error) {
    if (error instanceof WhenError) return { message: error.message, offset: error.offset }
  }
  throw new Error('it did not fail')
}

describe('what an expression sees', () => {
  it.each([
    ["caller.client == 'ci-agent' && caller.issuer == 'bulkhead' && caller.owner == ''", true],
    ["caller.act.exists(a, a == 'planner')", true],
    ["access.verb == 'get' && access.cluster == 'prod' && access.group == ''", true],
    ["now >= timestamp('2026-11-20T00:00:00Z') && now < timestamp('2026-11-21T00:00:00Z')", true],
    ["now.getHours('Europe/Berlin') == 13", true],
    ['object.spec.replicas + 1 > 3', true],
    ['object.spec.ratio < 0.6', true],
    ["object.spec.containers.all(c, c.image.startsWith('registry.example.com/'))", false],
    ["object.metadata.labels['app.kubernetes.io/name'] == 'web'", true],
    ['has(object.spec.paused) && object.spec.paused', false],
    ['size(object.spec.containers) == 2', true],
    ["access.name.matches('^web-[0-9]+$')", true],
    ["!access.name.matches('^shop')", true],
    ["['a-1', 'web-1'].exists(n, n.matches('^web'))", true],
  ])('%s: %j', (source, expected) => {
    const object = {
      metadata: { labels: { 'app.kubernetes.io/name': 'web' } },
      spec: {
        replicas: 3,
        ratio: 0.5,
        containers: [{ image: 'registry.example.com/web' }, { image: 'other.example.com/web' }],
        skipped: undefined,
      },
    }
    expect(evaluate(source, object)).toBe(expected)
  })

  it('tells which variables it looks at', () => {
    expect([...compile("caller.groups.exists(g, g == access.name) && object.a == 'x'").uses]).toEqual(
      expect.arrayContaining(['caller', 'access', 'object']),
    )
    expect(compile("access.name == 'change'").uses.has('change')).toBe(false)
  })

  it('reaches nothing that is not data', () => {
    for (const source of ['object.constructor == 1', 'object.__proto__ == 1', 'object.toString == 1'])
      expect(failure(() => evaluate(source)).message).toMatch(/^No such key/)
  })
})

describe('what is refused before it runs, with its place', () => {
  it.each([
    ['access.nam == 1', 'No such key: nam', 7],
    ['access.name == 1', 'no such overload: string == int', 0],
    ["true &&\n  acess.name == 'a'", 'Unknown variable: acess', 10],
    ['access.name ==', 'Unexpected token: EOF', 14],
    ['access.name', 'it gives string, and a condition is true or false', 0],
    ["cel.bind(a, 'x', a == 'x')", 'cel.bind is not offered', 0],
    ['access.name.matches(access.namespace)', 'matches takes a pattern written out in the expression', 0],
    ["access.name.matches('(')", "the pattern of matches is not one of RE2's", 20],
    ["access.name.matchesLinear('a')", 'no method is named matchesLinear', 0],
    ['object.a.all(a, a.b.all(b, b.c.all(c, c)))', 'all stands inside 2 others of its kind: too deep', 27],
  ])('%s', (source, message, offset) => {
    const found = failure(() => compile(source))
    expect(found).toEqual({ message, offset })
  })

  it('is anything that is too long, too deep or too much', () => {
    const map = '.map(x, x)'
    for (const source of [
      `access.name == '${'x'.repeat(MAX_WHEN_LENGTH)}'`,
      `${'('.repeat(60)}true${')'.repeat(60)}`,
      Array.from({ length: 400 }, () => 'true').join(' && '),
      `access.name in [${Array.from({ length: 300 }, () => "'a'").join(', ')}]`,
      `caller.groups${map.repeat(5)} == []`,
    ])
      expect(() => compile(source)).toThrow(WhenError)
  })
})

describe('what an expression may cost', () => {
  const within = (milliseconds: number, act: () => unknown): void => {
    const started = performance.now()
    act()
    expect(performance.now() - started).toBeLessThan(milliseconds)
  }

  it.each(['(a+)+$', '^(a|a?)+b$', '(.*)*x', '^(([a-z])+.)+[A-Z]([a-z])+$'])('matches %s is linear', (pattern) => {
    within(1000, () => evaluate(`access.name.matches('${pattern}')`, {}, `${'a'.repeat(252)}!`))
  })

  it('is bounded by what it may look at', () => {
    const items = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
    expect(failure(() => evaluate('size(object.items) > 0', { items: items(501) })).message).toMatch(/more than 500/)
    const wide = Object.fromEntries(Array.from({ length: 20_001 }, (_, n) => [`k${n}`, n]))
    expect(failure(() => evaluate('has(object.k0)', wide)).message).toMatch(/more than 20000 values/)
    within(5000, () => evaluate('object.items.all(a, object.items.exists(b, b.n == 499))', { items: items(500) }))
  })

  it('does not look at an object that the expression does not name', () => {
    const trap = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('looked at')
      },
    })
    expect(evaluate("access.name == 'web-1'", trap)).toBe(true)
  })
})
