/** A process that admits calls one after the other and tells of each on stdout; the ledger's test kills it. */
import { createLedgers } from '../../src/platform/deno/ledgers.ts'
import { openStorage } from '../../src/platform/deno/storage.ts'
import { admission, bucket } from '../contracts/ledger-parts.ts'

const { kv, room } = await openStorage(String(Deno.args[0]))
const ledger = createLedgers(kv, room).ledgers.ledger('prod')
for (let index = 0; ; index++) {
  const { admitted } = await ledger.admit(admission(`w${index}`, [bucket('calls', 50, 1)]))
  if (admitted) await Deno.stdout.write(new TextEncoder().encode(`w${index}\n`))
}
