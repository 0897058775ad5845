/**
 * What an operator may do beyond looking. A key without the power is refused, and the attempt is recorded like the act
 * would have been: somebody who is inside tried a door that is not theirs.
 *
 * Order: after `authenticate` for operators.
 */
import type { MiddlewareHandler } from 'hono'
import type { Caller, OperatorPower } from '../access.ts'
import { within } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import { recordedCaller } from '../guard/record.ts'
import { GATEWAY_LEDGER, type Ports } from '../ports.ts'
import { callerOf, type HttpEnv } from './env.ts'

/** A ledger that does not answer in this time is down: nothing happens without its record. */
const RECORD_DEADLINE_MS = 5_000

/** Puts an operator's act into the gateway's ledger. Throws `ledger_unavailable` when it is not known to be there. */
export const recordOperator = async (
  ports: Pick<Ports, 'ledgers' | 'clock'>,
  caller: Caller,
  action: string,
): Promise<void> => {
  await within(
    RECORD_DEADLINE_MS,
    ports.ledgers.ledger(GATEWAY_LEDGER).append({
      now: ports.clock.now(),
      entry: { kind: 'operator', caller: recordedCaller(caller), action },
    }),
    () => new BulkheadError('ledger_unavailable', 'The audit ledger does not answer, so nothing was done. Try again.'),
  )
}

export interface PowerOptions {
  readonly ports: Pick<Ports, 'ledgers' | 'clock'>
  readonly power: OperatorPower
}

export const requirePower = ({ ports, power }: PowerOptions): MiddlewareHandler<HttpEnv> =>
  async function requirePower(c, next) {
    const caller = callerOf(c)
    if (caller.may?.includes(power) === true) return next()
    await recordOperator(ports, caller, `refused ${c.req.path}: power ${power} is not granted`)
    throw new BulkheadError(
      'insufficient_scope',
      `This operator's key does not have the power "${power}": grant it in identity.operators (may).`,
    )
  }
