/** The command lines as a person runs them: what they print and how they exit. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { replacePart } from '../../../scripts/lib/generated.ts'
import { explain } from '../../../scripts/policy/explain.ts'
import { test as runCases } from '../../../scripts/policy/test.ts'
import { configSchema } from '../../../src/config.ts'
import { ConfigError } from '../../../src/config-yaml.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'bulkhead-commands-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A script on a busy machine; far from what it takes. */
const DEADLINE_MS = 60_000

const run = (script: string, args: readonly string[], cwd = root) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${root}scripts/${script}.ts`, ...args], {
    cwd,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
  })
  return { status, stdout, stderr }
}

const written = (name: string, text: string): string => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const EXAMPLE = 'bulkhead.example.yaml'

describe('config:check', { timeout: DEADLINE_MS }, () => {
  it('says that the example is good', () => {
    expect(run('config-check', [EXAMPLE])).toEqual({ status: 0, stdout: `${EXAMPLE}: good\n`, stderr: '' })
  })

  it('says what may not be meant, and still that it is good', () => {
    const { status, stdout } = run('config-check', ['test/fixtures/config/full.yaml'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^warning: test\/fixtures\/config\/full\.yaml:45:\d+ hooks\.alertmanager: no rule lets/)
    expect(stdout).toMatch(/full\.yaml: good \(1 warning\)\n$/)
  })

  it('fails with every mistake', () => {
    const { status, stdout, stderr } = run('config-check', ['broken.yaml'], `${root}test/fixtures/config`)
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toBe(readFileSync(`${root}test/fixtures/config/broken.expected.txt`, 'utf8'))
  })

  it('says what to do where there is no file', () => {
    const { status, stderr } = run('config-check', [], directory)
    expect(status).toBe(2)
    expect(stderr).toContain('There is no bulkhead.yaml here')
  })

  it('says in words that what it was given is no file', () => {
    const { status, stderr } = run('config-check', [directory])
    expect(status).toBe(2)
    expect(stderr).toMatch(/cannot be read: .*directory/)
    expect(stderr).not.toMatch(/\bat .*\.ts:/)
  })
})

describe('config:build', { timeout: DEADLINE_MS }, () => {
  it('writes JSON that the schema takes unchanged', () => {
    const out = join(directory, 'deep', 'config.json')
    expect(run('config-build', [EXAMPLE, '--out', out]).status).toBe(0)
    const built: unknown = JSON.parse(readFileSync(out, 'utf8'))
    expect(configSchema.parse(built)).toEqual(built)
  })

  it('writes nothing of a file with mistakes', () => {
    const out = join(directory, 'none.json')
    expect(run('config-build', ['test/fixtures/config/broken.yaml', '--out', out]).status).toBe(1)
    expect(() => readFileSync(out)).toThrow(/ENOENT/)
  })
})

describe('policy', { timeout: DEADLINE_MS }, () => {
  it('explains and tests from the command line', () => {
    const explained = run('policy', [
      'explain',
      '--config',
      EXAMPLE,
      '--group',
      'agents',
      '--verb',
      'list',
      '--resource',
      'nodes',
    ])
    expect(explained).toMatchObject({ status: 0, stderr: '' })
    expect(explained.stdout).toContain('allow: rule "agents-look"')
    const tested = run('policy', ['test', 'test/fixtures/config/cases.yaml', '--config', EXAMPLE])
    expect(tested.stdout).toMatch(/\n7 passed, 0 failed\n$/)
    expect(tested.status).toBe(0)
    expect(run('policy', ['guess'])).toMatchObject({ status: 2, stdout: '' })
  })
})

describe('policy explain', () => {
  const ask = (...args: string[]) => explain(['--config', `${root}${EXAMPLE}`, ...args], 'the usage').text

  it('shows the deciding rule and why the others do not match', () => {
    const text = ask('--group', 'agents', '--verb', 'get', '--resource', 'secrets', '--namespace', 'web')
    expect(text).toContain('allow: rule "agents-look"')
    expect(text).toMatch(
      /^ +2 {2}readers-look +not matched {2}groups: the rule names readers; the caller is in agents$/m,
    )
    expect(text).toMatch(/^=> {2}5 {2}agents-look +decided +says allow$/m)
  })

  it.each([
    ['--caller ci-agent --verb list --resource nodes', 'allow: rule "agents-look"'],
    ['--group agents --verb list --resource pods', 'deny: rule "no-payroll"'],
    ['--group agents --verb create --resource pods/exec', 'deny: rail "exec-attach"'],
    ['--group nobody --verb list --resource nodes', 'deny: no rule matches'],
    [
      '--group agents --verb get --resource pods/log --namespace web --at 2026-11-20T12:00:00Z',
      'allow: rule "agents-logs-by-day"',
    ],
    ['--group agents --verb get --resource pods/log --namespace web --at 2026-11-20T23:00:00Z', 'deny: rule "no-logs"'],
    ['--group agents --verb list --resource widgets.example.com --cluster-scoped', 'allow: rule "agents-look"'],
  ])('%s: %s', (args, verdict) => {
    expect(ask(...args.split(' '))).toContain(verdict)
  })

  it.each([
    ['', 'the usage'],
    ['--verb get', 'the usage'],
    ['--verb get --resource pods --no-such-option', 'the usage'],
    ['--verb look --resource pods', '"look" is not a verb'],
    ['--verb get --resource pods --cluster x', 'No cluster is named "x"; there are: prod.'],
    ['--verb get --resource pods --at noon', '--at "noon": a time such as'],
    ['--verb get --resource deployments', 'write the plural and the group, deployments.apps.'],
    ['--verb get --resource ingress', 'write the plural and the group, ingresses.networking.k8s.io.'],
    ['--verb get --resource pod/log', '"pod" is no type of the core group: write the plural and the group, pods.'],
    ['--verb get --resource widgets', 'write the plural and the group, such as deployments.apps.'],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => ask(...args.split(' ').filter((it) => it !== ''))).toThrow(message)
  })
})

describe('policy test', () => {
  const test = (text: string) => runCases([written('cases.yaml', text), '--config', `${root}${EXAMPLE}`], 'the usage')

  it('shows the difference where an expectation does not hold', () => {
    const { exit, text } = test(
      `- { name: right, as: { groups: [agents] }, access: { verb: list, resource: nodes }, expect: allow }
- { name: wrong decision, as: { groups: [agents] }, access: { verb: get, resource: pods/exec, namespace: a, name: b }, expect: allow }
- { name: wrong rule, as: { groups: [agents] }, access: { verb: list, resource: nodes }, expect: allow, rule: other }
`,
    )
    expect(exit).toBe(1)
    expect(text).toContain('FAIL wrong decision\n     expected allow, got deny (exec-attach): get pods/exec is refused')
    expect(text).toContain('FAIL wrong rule\n     expected allow (other), got allow (agents-look)')
    expect(text).toMatch(/\n1 passed, 2 failed$/)
  })

  it('refuses cases that say something else than they mean', () => {
    expect(() => test('- { name: a, as: {}, access: { verb: get, resource: pods }, expcet: allow }')).toThrow(
      ConfigError,
    )
    for (const none of ['[]', 'a: 1'])
      expect(() => test(none)).toThrow(/cases\.yaml:1:1 a list of cases is needed here/)
    expect(() => runCases([], 'the usage')).toThrow('the usage')
  })
})

describe('generated documents', { timeout: DEADLINE_MS }, () => {
  it('are what the code says', () => {
    expect(run('config-schema', ['--check'])).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('describe every key', () => {
    const reference = readFileSync(`${root}docs/configuration.md`, 'utf8')
    const keys = reference.split('\n').filter((line) => line.startsWith('| `'))
    expect(keys.length).toBeGreaterThan(100)
    expect(keys.filter((line) => /\|\s*\|$/.test(line))).toEqual([])
  })

  it('are put between their markers, and nowhere else', () => {
    const text = 'a\n<!-- x:begin, generated -->\nold\n<!-- x:end -->\nb'
    expect(replacePart(text, 'x', 'new')).toBe('a\n<!-- x:begin, generated -->\n\nnew\n\n<!-- x:end -->\nb')
    for (const wrong of ['', 'a', `${text}${text}`]) expect(() => replacePart(wrong, 'x', 'new')).toThrow(RangeError)
  })
})
