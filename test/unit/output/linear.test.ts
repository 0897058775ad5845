/**
 * L2-5: cost grows with size and no faster. Each unit below is somebody's worst input, repeated: the beginning of what a
 * pattern looks for, without its end. Measured is the processor's time for one size and for eight times the size, the
 * best of several runs: linear is 8, quadratic 64. A test of this kind found a pattern that took 14 s for 100 kB of `\`.
 */
import { describe, expect, test } from 'vitest'
import { scrub } from '../../../src/guard/output/scrub.ts'
import { BODY, keyBody, rules } from './support.ts'

const SMALL = 8_000
const TIMES = 8
/** Half way between linear and quadratic, on the scale of a ratio. */
const MAX_RATIO = 24
/** Below this a clock tells nothing, and nobody waits. Milliseconds for 64 kB. */
const NEGLIGIBLE = 12
const LOOKS = 5

const BEGIN = `-----BEGIN ${'PRIVATE'} KEY-----`
const END = `-----END ${'PRIVATE'} KEY-----`

const UNITS: readonly string[] = [
  ...[
    'a',
    'A',
    'aA',
    'aA1',
    '1',
    '-',
    '_',
    ' ',
    '\n',
    ' \n',
    '\t',
    '=',
    ':',
    '"',
    '\\',
    '\\"',
    '\\n',
    '/',
    '.',
    '@',
    '%',
    '%41',
    '+',
    '<',
    '(',
  ],
  ...['é', '\u200b', '\x1b[', '\x1b]', '\x9d', '\r', '\ud800', '\u{E0041}'],
  ...[
    'eyJ',
    'eyJ.',
    '.eyJ',
    'eyJhbGciOiJIUzI1NiJ9',
    'eyJhbGciOiJIUzI1NiJ9.',
    '://',
    'a://b:c',
    'a://b:c@',
    'a://b:c/',
    'x://a@',
  ],
  ...[
    'password',
    'password=',
    'password="',
    'password=\\"',
    'password: ',
    '--password ',
    'password=(',
    'password=a,',
    "PASSWORD 'a",
  ],
  ...[
    'password: |\n',
    'password: |\n ',
    'name: password\nvalue',
    'password\nvalue: x ',
    'key',
    'key:',
    '=sid',
    '::sid',
    'secret: a\n',
  ],
  ...[
    'Authorization: Bearer ',
    'Cookie: ',
    'Bearer ',
    '%3D',
    'password%3D',
    'password%3Da%26',
    'password="\\',
    'token: a b ',
  ],
  ...[
    'PRIVATE KEY',
    BEGIN,
    END,
    `${BEGIN}\n`,
    `${END}\n`,
    `${BEGIN}\n${keyBody(1)}\n`,
    `${keyBody(1)}\n${END}\n`,
    `${BEGIN}\\n`,
  ],
  ...[
    `${keyBody(1)}\n`,
    'H4sI',
    `H4sI${BODY}${BODY} `,
    btoa('password=hunter2'),
    `${btoa('password=hunter2')} `,
    btoa(btoa('a'.repeat(90))),
  ],
  ...[
    'ghp_',
    'ghs_1_',
    'SG.',
    'SG.a1B2c3D4e5F6g7H8.',
    'sk-',
    'sk-proj-',
    'xoxb-',
    'token-',
    'token-a:',
    'glpat-',
    'AKIA',
    'npm_',
    'figd_',
  ],
  ...[
    '_authToken=',
    'lin_api_',
    'http://a:x-oauth-basic@',
    '$1$',
    '$2a$10$',
    'M1M1M1M1M1M1M1M1M1M1M1M1.',
    '1Q~',
    '123456789:AA',
  ],
  ...[
    'mysql',
    'mysql -p',
    'redis-cli -a ',
    'curl -u a:b ',
    'login a password ',
    'IDENTIFIED BY ',
    'requirepass ',
    'a:b@tcp(',
  ],
  ...[
    '4',
    '4 ',
    '4111111111111111 ',
    '+1',
    '+12345678 ',
    '1.1.1.',
    '8.8.8.8 ',
    '2001:',
    '2001:a:',
    'a@b.',
    '@a.a.a',
    'maria@example.com ',
  ],
  ...[
    'kty d: ',
    'kty "d":"',
    'Private-Lines: 1\n',
    `Private-Lines: 1\n${keyBody(1)}\n`,
    '61',
    '6161616161616161616161616161 ',
    '&quot;',
    'password=&quot;',
  ],
  ...[
    ':5432:',
    'a:5432:a:a:',
    'Unseal Key 1: ',
    'jdbc:oracle:thin:a/',
    '.a1b2c3d4e5f6g7h8',
    '+ASt',
    'AZDO',
    '-us1',
    'NRAL',
  ],
  ...['[masked:', '[masked:00000000]', 'hooks.slack.com/services/', '$(', '${', '{{', '<a', 'a=b,'],
]

const cpu = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const best = (runs: number, text: string): number =>
  Math.min(...Array.from({ length: runs }, () => cpu(() => scrub(text, rules, { isLog: true }))))

describe('L2-5 no input makes the scan slow', () => {
  test.each(UNITS)('L2-5 %j repeated', (unit) => {
    const long = unit.repeat(Math.ceil((SMALL * TIMES) / unit.length)).slice(0, SMALL * TIMES)
    // What others do on the machine adds to a time and never takes from it: what is linear shows it once, what is not never.
    let lowest = Number.POSITIVE_INFINITY
    for (let look = 0; look < LOOKS && lowest >= MAX_RATIO; look += 1) {
      const time = best(3, long)
      expect(time).toBeLessThan(5000)
      lowest = Math.min(lowest, time > NEGLIGIBLE ? time / best(9, long.slice(0, SMALL)) : 0)
    }
    expect(lowest).toBeLessThan(MAX_RATIO)
  })

  test('L2-5 what is beyond the limit is not looked at: ten megabytes cost what the limit costs', () => {
    const text = 'password=hunter2 '.repeat(600_000)
    const { text: shown, dropped } = scrub(text, rules, { limit: 2000 })
    expect(dropped).toBe(text.length - 2000)
    expect(shown).not.toContain('hunter2')
    expect(cpu(() => scrub(text, rules, { limit: 2000 }))).toBeLessThan(1000)
  })
})
