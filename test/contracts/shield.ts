/** What every `Shield` promises: best effort, by address. */
import type { Shield } from '../../src/ports.ts'
import { type Check, equal, ok } from './assert.ts'

/** A shield that lets about this many requests of one address pass. */
export type MakeShield = (requests: number) => Promise<Shield>

const passed = async (shield: Shield, address: string, count: number): Promise<number> => {
  const answers: boolean[] = []
  for (let index = 0; index < count; index++) answers.push(await shield.allow(address))
  return answers.filter(Boolean).length
}

export const shieldContract: readonly Check<MakeShield>[] = [
  {
    name: 'a flood from one address is stopped, and another address is not',
    async run(make) {
      const shield = await make(5)
      const first = await passed(shield, '192.0.2.1', 50)
      ok(first >= 1 && first < 50, `${first} of 50 passed`)
      ok(await shield.allow('192.0.2.2'), 'another address')
    },
  },
  {
    name: 'one IPv6 network of 64 bits counts as one address, however it is written',
    async run(make) {
      const shield = await make(5)
      await passed(shield, '2001:db8::1', 50)
      equal(await shield.allow('2001:0DB8:0:0:ffff::2'), false, 'the same network')
      ok(await shield.allow('2001:db8:0:1::1'), 'the next network')
    },
  },
  {
    name: 'requests without an address share one allowance',
    async run(make) {
      const shield = await make(5)
      await passed(shield, '', 50)
      equal(await shield.allow(''), false, 'no address')
    },
  },
]
