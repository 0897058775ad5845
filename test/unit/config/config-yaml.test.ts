import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from '../../../src/config-yaml.ts'

const NOW = Date.UTC(2026, 10, 20)
const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/config/${name}`, import.meta.url), 'utf8')
const lines = (name: string): readonly string[] => fixture(name).trimEnd().split('\n')

const mistakes = (text: string): readonly string[] => {
  try {
    parseConfig(text, 'f', NOW)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  throw new Error('it was accepted')
}

/** Each line with what stands at its place in the text instead of numbers: `agent ← policy[0].groups[0]: …`. */
const placed = (text: string, found: readonly string[]): readonly string[] =>
  found.map((line) => {
    const [, row = '', column = '', rest = ''] = /^f:(\d+):(\d+) (.*)$/.exec(line) ?? []
    const from = text.split('\n')[Number(row) - 1]?.slice(Number(column) - 1) ?? ''
    return `${/^("[^"]*"|'[^']*'|[^\s,}\]]+)/.exec(from)?.[0]} ← ${rest}`
  })

const HASH = `${'0'.repeat(62)}a1`

/** A good file, with `policy` or more put in. */
const good = (more = ''): string => `publicUrl: https://bulkhead.example.com
masterKey: { secret: BULKHEAD_KEY }
identity:
  keys: [{ name: ci-agent, owner: maria@example.com, sha256: ["${HASH}"], groups: [agents] }]
clusters:
  prod: { server: https://10.0.0.1:6443, credentials: { read: { token: { secret: T } } } }
${more}`

const RULE = '{ name: look, clusters: [prod], groups: [agents], decision: allow }'
const withPolicy = (...rules: string[]): string => good(`policy:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`)
const warnings = (text: string): readonly string[] => parseConfig(text, 'f', NOW).warnings

describe('parseConfig', () => {
  it('accepts everything that the design shows, and says what is probably not meant', () => {
    const { config, warnings: said } = parseConfig(fixture('full.yaml'), 'full.yaml', NOW)
    expect(said).toEqual(lines('full.expected.txt'))
    expect(config.clusters.prod?.credentials.change).toEqual({ token: { secret: 'PROD_CHANGE_TOKEN' } })
    expect(config.identity.issuers[0]?.grants).toHaveLength(2)
    expect(config.policy.map((rule) => rule.decision)).toEqual(['allow', 'deny', 'confirm', 'approve'])
  })

  it('accepts the shipped example without a warning', () => {
    const example = readFileSync(new URL('../../../bulkhead.example.yaml', import.meta.url), 'utf8')
    expect(parseConfig(example, 'f', NOW).warnings).toEqual([])
  })

  it('takes an export to https, and to plain http on loopback only', () => {
    const exporting = (url: string) =>
      `${withPolicy(RULE)}audit: { keep: 400d, export: { url: "${url}", bearer: { secret: EVIDENCE_TOKEN } } }\n`
    for (const url of ['https://evidence.example.com/bulkhead', 'http://127.0.0.1:9000/x', 'http://localhost/'])
      expect(parseConfig(exporting(url), 'f', NOW).config.audit).toMatchObject({ keep: '400d', export: { url } })
    for (const url of [
      'http://evidence.example.com/',
      'http://127.0.0.1.example.com/',
      'https://user:word@evidence.example.com/',
      'http://127.0.0.1/?token=x',
      'ftp://127.0.0.1/',
      'evidence',
    ])
      expect(mistakes(exporting(url)).join(), url).toMatch(/audit\.export\.url: .*plain http on loopback only/)
  })

  it('fills in the defaults', () => {
    const { config } = parseConfig(withPolicy(RULE), 'f', NOW)
    expect(config.limits).toEqual({
      callsPerMinute: 120,
      changesPerHour: 20,
      bytesPerMinute: 4_000_000,
      pendingPlans: 10,
    })
    expect(config.output).toEqual({ maxBytes: 48_000, logBytes: 100_000, personalData: 'mask' })
  })

  it('tells all mistakes at once, each with its place', () => {
    expect(() => parseConfig(fixture('broken.yaml'), 'broken.yaml', NOW)).toThrow(ConfigError)
    try {
      parseConfig(fixture('broken.yaml'), 'broken.yaml', NOW)
    } catch (error) {
      expect(error instanceof ConfigError && error.message.split('\n')).toEqual(lines('broken.expected.txt'))
    }
  })

  it.each([
    ['', 'f:1:1 the file is empty'],
    ['# nothing\n', 'f:1:1 the file is empty'],
    ['just words', 'f:1:1 a map is needed here, and this is text'],
    ['- a', 'f:1:1 a map is needed here, and this is a list'],
    ['a: 1\na: 2', 'f:2:1 this key stands here a second time'],
    ['a:\n\t- b', 'f:2:1 a tab: indent with spaces'],
    ['a: *x', 'f:1:4 an alias whose anchor does not stand before it'],
    ['a: &a [*a]', 'f:1:8 an alias inside what it stands for'],
    [`a: &x [1]\nb: [${'*x, '.repeat(51)}]`, 'f:2:205 more than 50 aliases'],
    [
      'a: &a [1,2,3,4,5,6,7,8,9]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c]',
      'f:1:1 aliases that expand to too much',
    ],
    ['a: !!js/function x', 'f:1:4 a tag that is not known here'],
    ['---\na: 1\n---\nb: 1', 'f:3:1 a second document ("---"): one file holds one configuration'],
    ['a: [1', 'f:1:6 indented differently from what it belongs to, or a closing bracket is missing'],
    ['a: "x', 'f:1:6 a quote, bracket, comma or colon is missing'],
    ['%YAML 1.1\n---\na: yes', 'f:1:1 YAML 1.1 reads some words differently: use YAML 1.2'],
    ['? [a]\n: b', 'f:1:3 a key is a word, not a list, a map or an alias'],
    [`# ${'x'.repeat(1_000_000)}`, 'f:1:1 more than 1000000 characters'],
  ])('refuses what is not YAML, or not as it seems: %#', (text, message) => {
    expect(mistakes(text)[0]).toBe(message)
  })

  it('refuses what is nested too deeply', () => {
    expect(mistakes(`a: ${'['.repeat(20_000)}`)).toEqual([
      expect.stringMatching(/^f:1:\d+ nested too deeply to be read$/),
    ])
  })

  it.each([
    // A later key says so, and nothing else of its branch.
    ['clusters.prod.credentials.read.eks', 'eks: { role: x }', 'not in this version: cloud credentials'],
    [
      'clusters.prod.credentials.read.exec',
      'exec: { command: aws }',
      'not in this version: exec plugins run programs; use a ServiceAccount token',
    ],
  ])('refuses what comes later: %s', (path, credential, message) => {
    const text = good().replace('token: { secret: T }', credential)
    expect(placed(text, mistakes(text))).toEqual([
      `${credential.slice(credential.indexOf('{')).split(' ')[0]} ← ${path}: ${message}`,
    ])
  })

  it.each([
    ["access.nam == 'a'", "when: access.nam == 'a'", 'nam ← policy[0].when: No such key: nam'],
    ['quoted', `when: "access.nam == 'a'"`, 'nam ← policy[0].when: No such key: nam'],
    [
      'escaped',
      `when: "access.nam == \\"a\\""`,
      '"access.nam == \\" ← policy[0].when: No such key: nam (at character 8 of it)',
    ],
    [
      'not a condition',
      'when: access.name',
      'access.name ← policy[0].when: it gives string, and a condition is true or false',
    ],
    [
      'a backtracking pattern needs RE2',
      `when: access.name.matches('(?=a)')`,
      "'(?=a)' ← policy[0].when: the pattern of matches is not one of RE2's",
    ],
  ])('puts a mistake in a condition where it stands: %s', (_, when, message) => {
    const text = withPolicy(`{ name: look, clusters: [prod], decision: allow, ${when} }`)
    expect(placed(text, mistakes(text))).toEqual([message])
  })

  it.each([
    ['{ freeze: [decoys, decoy] }', '"decoy" is not one of', 'freeze[1]'],
    ['{ freeze: often }', 'this is text, which is not allowed here', 'freeze'],
    ['{ freeze: [] }', 'at least 1 item', 'freeze'],
    ['{ decoys: [backup-admin] }', 'is not an object as resource/namespace/name', 'decoys[0]'],
    ['{ decoys: [secrets//x] }', 'is not an object as resource/namespace/name', 'decoys[0]'],
    ['{ budgetPercent: 101 }', 'at most 100', 'budgetPercent'],
    ['{ notFoundPerHour: 1 }', 'no such key here', 'notFoundPerHour'],
  ])('L5-5 refuses a watch rule that would never fire as it is meant: %s', (rules, message, path) => {
    const [found, ...others] = mistakes(good(`watch: ${rules}\n`))
    expect(others).toEqual([])
    expect(found).toContain(message)
    expect(found).toContain(`watch.${path}: `)
  })

  it('finds mistakes in conditions beside all others', () => {
    const text = withPolicy("{ name: look, decision: alow, when: 'x' }")
    expect(placed(text, mistakes(text))).toEqual([
      'alow ← policy[0].decision: "alow" is not one of allow, confirm, approve, deny; did you mean "allow"?',
      "x' ← policy[0].when: Unknown variable: x",
    ])
  })
})

describe('warnings', () => {
  it.each<[string, string, readonly string[]]>([
    ['nothing to say', withPolicy(RULE), []],
    ['no rules', good(), ['publicUrl: ← policy: there are no rules: every call is refused']],
    [
      'no clusters',
      withPolicy('{ name: look, groups: [agents], decision: allow }'),
      ['{ ← policy[0]: rule "look" names no clusters and covers all of them'],
    ],
    [
      'a pattern that no cluster has',
      withPolicy('{ name: look, clusters: ["eu-*"], decision: allow }'),
      ['"eu-*" ← policy[0].clusters[0]: no cluster is named like "eu-*"'],
    ],
    [
      'a group that nobody is in',
      withPolicy('{ name: look, clusters: [prod], groups: [agent], decision: allow }'),
      ['agent ← policy[0].groups[0]: no key is in a group "agent"; did you mean "agents"?'],
    ],
    [
      'a rule that never decides',
      withPolicy(RULE, '{ name: late, clusters: [prod], groups: [agents], verbs: [get], decision: deny }'),
      ['{ ← policy[1]: rule "late" never decides: "look" before it always does'],
    ],
    [
      'a type without its group',
      withPolicy('{ name: look, clusters: [prod], resources: [deployments/scale, pods], decision: allow }'),
      [
        'deployments/scale ← policy[0].resources[0]: deployments are not in the core group: this matches nothing; write deployments.apps/scale',
      ],
    ],
    [
      'an empty list',
      withPolicy('{ name: look, clusters: [prod], groups: [], decision: allow }'),
      ['[ ← policy[0].groups: an empty list matches nothing, and neither does the rule'],
    ],
    [
      'deny by name',
      withPolicy('{ name: hide, clusters: [prod], names: [root], decision: deny }', RULE),
      [
        '[root ← policy[0].names: this also refuses every list that could return such an object; with verbs: [get] it refuses the objects alone',
      ],
    ],
    [
      'a read that would wait',
      withPolicy('{ name: ask, clusters: [prod], verbs: [get, patch], decision: confirm }'),
      [
        'confirm ← policy[0].decision: a read does not wait for a person: where this rule decides on one, "confirm" refuses it',
      ],
    ],
    [
      'a condition about a change on reads',
      withPolicy(`{ name: odd, clusters: [prod], when: "change.tool == 'x'", decision: allow }`),
      [
        '"change.tool == \'x\'" ← policy[0].when: a read has no change: a condition that looks there refuses every read it is asked about; name the verbs (create, update, patch, delete) that the rule is for',
      ],
    ],
    [
      'approvers without approve',
      withPolicy('{ name: look, clusters: [prod], decision: allow, approvers: [sre] }'),
      [
        '[sre ← policy[0].approvers: is for rules with decision: approve; this one says allow',
        'sre ← policy[0].approvers[0]: no operator is in a group "sre"',
      ],
    ],
    [
      'an expired key',
      withPolicy(RULE).replace('groups: [agents] }]', 'groups: [agents], expires: 2026-11-20 }]'),
      ['2026-11-20 ← identity.keys[0].expires: the key of "ci-agent" expired and is refused'],
    ],
    [
      'a secret written out',
      withPolicy(RULE).replace('maria@example.com', `${'ghp_'}${'a1B2'.repeat(9)}`),
      [
        'ghp_a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2 ← identity.keys[0].owner: this looks like a secret, and secrets are named here, never written: rotate it if it is one',
      ],
    ],
    [
      'nobody to call',
      withPolicy('{ name: look, clusters: [prod], decision: allow }').replace(/ {2}keys:.*\n/, '  operators: []\n'),
      ['operators: ← identity: there are no keys and no issuers: nobody can call /mcp'],
    ],
  ])('%s', (_, text, expected) => {
    expect(placed(text, warnings(text))).toEqual(expected)
  })

  it('knows nothing of the groups that an issuer gives', () => {
    const issuers =
      '  issuers: [{ issuer: https://login.example.com, audience: https://bulkhead.example.com/mcp }]\nclusters:'
    const text = withPolicy('{ name: look, clusters: [prod], groups: [whoever], decision: allow }')
    expect(warnings(text.replace('clusters:', issuers))).toEqual([])
  })
})

describe('what a mistake never repeats', () => {
  const CANARY = `Canary-${'x9Y'.repeat(8)}`
  it.each([
    [good().replace('secret: BULKHEAD_KEY', `secret: "${CANARY}"`)],
    [good().replace('{ secret: BULKHEAD_KEY }', CANARY)],
    [good().replace('secret: T', `secret: [${CANARY}]`)],
    [good().replace('{ token: { secret: T } }', CANARY)],
    [good().replace(HASH, CANARY)],
    [good().replace('https://10.0.0.1:6443', `https://admin:${CANARY}@10.0.0.1`)],
    [good().replace('https://bulkhead.example.com', `bh_agent_${CANARY}`)],
    [`masterKey: !${CANARY} x`],
    [`a: *${CANARY}`],
    [`masterKey: "${CANARY}\n b: [`],
    [good(`policy: [{ name: a, decision: ${'-----BEGIN'} ${CANARY} }]`)],
  ])('a secret in the wrong place: %#', (text) => {
    expect(mistakes(text).join('\n')).not.toContain(CANARY.slice(0, 12))
  })
})

describe('robustness', () => {
  const full = fixture('full.yaml')
  it('answers every mutilated file with mistakes that have a place, or accepts it', () =>
    fc.assert(
      fc.property(
        fc.nat(full.length - 1),
        fc.nat(40),
        fc.constantFrom('', ' ', '\t', '[', '}', '*', '&a ', 'null', '!!x ', '"', '\n', '- ', '\u202e', '~', '1e400'),
        (from, length, put) => {
          try {
            parseConfig(full.slice(0, from) + put + full.slice(from + length), 'f', NOW)
          } catch (error) {
            if (!(error instanceof ConfigError)) throw error
            expect(error.mistakes.length).toBeGreaterThan(0)
            for (const line of error.message.split('\n')) expect(line).toMatch(/^f:[1-9]\d*:[1-9]\d* \S/)
          }
        },
      ),
      { numRuns: 100 },
    ))
})
