/**
 * Every wait for storage ends, whatever a platform promises: an answer that has not come by then is an error of ours, and
 * its caller does nothing further. What was asked for may still happen; a plan's next run finds out from its row.
 */
import { within } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import type { Millis, Ports } from '../ports.ts'

/** Above the platforms' own deadlines, which know better what was wrong, and well below a call's. */
export const PORT_DEADLINE_MS: Millis = 6_000

const silent = (what: string, method: string): BulkheadError =>
  new BulkheadError(
    'ledger_unavailable',
    'Storage does not answer, and nothing is done without a record. Try again; if it persists, tell the operator.',
    { detail: `${method} of ${what}: no answer in ${PORT_DEADLINE_MS} ms` },
  )

/** The port, with a deadline on each of its methods: none can be forgotten when it gets another. */
const bounded = <T extends object>(port: T, what: string): T =>
  new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      return (...args: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args)
        return answer instanceof Promise ? within(PORT_DEADLINE_MS, answer, () => silent(what, String(key))) : answer
      }
    },
  })

export const boundPorts = (ports: Ports): Ports => ({
  ...ports,
  ledgers: { ledger: (name) => bounded(ports.ledgers.ledger(name), `ledger "${name}"`) },
  plans: (name) => bounded(ports.plans(name), `plans "${name}"`),
  checkpoints: (name) => bounded(ports.checkpoints(name), `checkpoints "${name}"`),
  jobs: bounded(ports.jobs, 'jobs'),
  reports: bounded(ports.reports, 'reports'),
})
