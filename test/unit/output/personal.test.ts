import { describe, expect, test } from 'vitest'
import { scrub } from '../../../src/guard/output/scrub.ts'
import { masked, rules } from './support.ts'

const PERSONAL: readonly (readonly [string, string])[] = [
  ['from maria@example.com to x', 'from █ to x'],
  ['<maria.o+shop@mail.example.co.uk>,', '<█>,'],
  ['user=maria@example.com', 'user=█'],
  ['card 4111 1111 1111 1111 was refused', 'card █ was refused'],
  ['card=4111111111111111', 'card=█'],
  ['5555-5555-5555-4444', '█'],
  ['amex 378282246310005.', 'amex █.'],
  ['call +49 30 1234567 now', 'call █ now'],
  ['tel:+15551234567', 'tel:█'],
  ['+1 (555) 123-4567', '█'],
]

const NOT_PERSONAL: readonly string[] = [
  ...['nginx@sha256:0123', 'git@github', 'getty@tty1.service', 'system:node:worker-1', 'kubernetes-admin@kubernetes'],
  ...['lodash@4.17.21', 'shop@db.shop.svc.cluster.local', 'ssh://git@example.org/repo', '@example.com', 'a@b'],
  // Luhn fails; a time in nanoseconds; a number within a longer one; a version; a trace
  ...[
    '4111 1111 1111 1112',
    '1732281234567890123',
    '94111111111111111',
    '1.2.3+20251122101010',
    '2026-11-22T10:00:00+0100',
  ],
  ...['4111111111111111abc', '0x4111111111111111', 'resourceVersion: "4111111"', 'GMT+2', 'a+12345678', '+1', '+0200'],
  ...['10.0.0.7', '8.8.8.8', 'fe80::1', 'deployer@shop-prod.iam.gserviceaccount.com'],
]

describe('L2-6 personal data', () => {
  test.each(PERSONAL)('%s', (text, expected) => expect(masked(text)).toBe(expected))
  test.each(NOT_PERSONAL)('not: %s', (text) => expect(masked(text)).toBe(text))

  test.each(['8.8.8.8', '1.1.1.1', '203.0.114.7', '2001:4860:4860::8888'])('L2-6 in a log, %s is', (address) =>
    expect(masked(`client ${address} connected`, true)).toBe('client █ connected'),
  )

  test.each([
    ...[
      '10.96.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      '127.0.0.1',
      '100.64.0.1',
      '169.254.169.254',
      '0.0.0.0',
    ],
    ...[
      '224.0.0.1',
      '198.51.100.7',
      '203.0.113.7',
      'fd00::1',
      'fe80::1',
      '::1',
      '2001:db8::1',
      '1.2.3',
      '1.2.3.4.5',
      'v1.2.3.4',
    ],
    // An access log's date, a browser, a version
    ...['10:00:00', '256.1.1.1', '28/Nov/2026:10:00:00', 'Chrome/142.0.0.0', 'version 4.18.0.2'],
  ])('L2-6 in a log, %s is not', (address) => {
    expect(masked(`client ${address} connected`, true)).toBe(`client ${address} connected`)
  })

  test('L2-6 passes where the operator says so', () => {
    const text = 'maria@example.com 4111 1111 1111 1111 8.8.8.8'
    expect(scrub(text, { ...rules, personalData: 'pass' }, { isLog: true })).toMatchObject({ text, redactions: 0 })
  })
})
