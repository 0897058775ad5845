/** What every `Shield` promises: best effort, by address. */
import type { Shield } from '../../src/ports.ts'
import { type Check, ok } from './assert.ts'

/** A shield that lets `ALLOWED` requests of one address pass in a period that is long beside a test. */
export type MakeShield = () => Promise<Shield>
export const ALLOWED = 5

/** How many of 60 requests pass when the addresses take turns. */
const passed = async (shield: Shield, ...addresses: readonly string[]): Promise<number> => {
  let count = 0
  for (let index = 0; index < 60; index++) {
    if (await shield.allow(addresses[index % addresses.length] ?? '')) count++
  }
  return count
}
/** A new period may begin in the middle of it. */
const AS_ONE = 2 * ALLOWED

/** Three spellings, so that counting them apart could not be mistaken for a new period. */
const SAME: Readonly<Record<string, readonly [string, string, string]>> = {
  'one IPv6 network of 64 bits': ['2001:db8::1', '2001:0DB8:0:0:ffff::2', '2001:db8:0:0:1:2:3:4%eth0'],
  'an IPv4 address behind a dual-stack listener': ['192.0.2.3', '::ffff:192.0.2.3', '::FFFF:192.0.2.3'],
  'no address at all': ['', '', ''],
}

export const shieldContract: readonly Check<MakeShield>[] = [
  {
    name: 'a flood from one address is stopped, and other addresses are not',
    async run(make) {
      const shield = await make()
      const flood = await passed(shield, '192.0.2.1')
      ok(flood >= 1 && flood <= AS_ONE, `${flood} of 60 passed`)
      for (const other of ['192.0.2.2', '2001:db8:1::1', '2001:db8:1:1::1', '::ffff:192.0.2.4']) {
        ok(await shield.allow(other), other)
      }
    },
  },
  ...Object.entries(SAME).map(([what, addresses]) => ({
    name: `${what} counts as one address, however it is written`,
    async run(make: MakeShield) {
      const count = await passed(await make(), ...addresses)
      ok(count <= AS_ONE, `${count} of 60 passed`)
    },
  })),
]
