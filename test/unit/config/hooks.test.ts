/** Hooks in bulkhead.yaml: what each sender can prove, and what is probably not meant. */
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/config.ts'
import { parseConfig } from '../../../src/config-yaml.ts'
import { HOOKS, hookConfig } from '../../support/hook-bench.ts'

const complaints = (hook: object): readonly string[] => {
  const result = configSchema.safeParse(hookConfig({ hooks: { it: { cluster: 'prod', ...hook } as never } }))
  return result.success ? [] : result.error.issues.map((it) => `${it.path.join('.')}: ${it.message}`)
}

const secret = { secret: 'SOME_KEY' }
const basic = { username: 'alertmanager', password: secret }

describe('authentication', () => {
  test.each([
    [{ type: 'alertmanager', bearer: secret }],
    [{ type: 'alertmanager', basic }],
    [{ type: 'grafana', bearer: secret }],
    [{ type: 'grafana', hmac: secret }],
    [{ type: 'pagerduty', hmac: secret, paths: { namespace: 'event.data.ns' } }],
    [{ type: 'generic', hmac: secret, paths: { group: 'id' } }],
  ])('%j', (hook) => expect(complaints(hook)).toEqual([]))

  test.each([
    [{ type: 'alertmanager' }, 'hooks.it.type: alertmanager needs bearer or basic'],
    [{ type: 'pagerduty' }, 'hooks.it.type: pagerduty needs hmac'],
    [{ type: 'alertmanager', hmac: secret }, 'hooks.it.hmac: alertmanager cannot do that: bearer or basic is for it'],
    [{ type: 'pagerduty', bearer: secret }, 'hooks.it.bearer: pagerduty cannot do that'],
    [{ type: 'generic', basic, paths: { group: 'id' } }, 'hooks.it.basic: generic cannot do that'],
    [{ type: 'grafana', bearer: secret, hmac: secret }, 'hooks.it.hmac: one of bearer and hmac'],
    [{ type: 'generic', hmac: secret }, 'hooks.it.type: generic needs paths.group'],
    [{ type: 'alertmanager', bearer: secret, paths: { group: 'id' } }, 'hooks.it.paths: is for pagerduty and generic'],
    [{ type: 'generic', hmac: secret, paths: { group: '$..id' } }, 'hooks.it.paths.group: a path of keys'],
  ])('%j is refused', (hook, message) => expect(complaints(hook).join('\n')).toContain(message))
})

describe('what is probably not meant', () => {
  const warningsOf = (changes: Parameters<typeof hookConfig>[0]): readonly string[] =>
    parseConfig(JSON.stringify(hookConfig(changes)), 'f', 0).warnings.filter((it) => it.includes(' hooks.'))
  const am = { ...HOOKS.am, groups: ['alerts'] } as never

  test('a hook that no rule lets read anything, and a target that is not told of reports', () => {
    const quiet = [
      {
        name: 'own',
        webhook: { url: 'https://hooks.example.com/in', hmac: { secret: 'TARGET_KEY' } },
        on: ['plan' as const],
      },
    ]
    const deny = [{ name: 'no', clusters: ['*'], decision: 'deny' as const }]
    expect(warningsOf({ hooks: { am } })).toEqual([])
    expect(warningsOf({ hooks: { am }, policy: deny }).join()).toContain('no rule lets "hook:am" read anything')
    expect(warningsOf({ hooks: { am }, notify: quiet }).join()).toContain('"own" is not told of reports')
  })

  test('a rule may name the hook as a caller', () => {
    const policy = [
      { name: 'it', callers: ['hook:*'], clusters: ['*'], verbs: ['list' as const], decision: 'allow' as const },
    ]
    expect(warningsOf({ hooks: { am }, policy })).toEqual([])
  })
})
