/**
 * Whether every secret that the configuration names can be read, before something needs it: a change credential or an
 * export's token that is missing would else be noticed by the first change, or never. A warning, by name and place, never
 * the value: what cannot be served without one fails in a check of its own.
 */

import { type NamedSecret, secretsOf } from '../config/secrets.ts'
import type { Config } from '../config.ts'
import { within } from '../deadline.ts'
import type { Millis, Ports } from '../ports.ts'
import type { Check } from './health.ts'

/** Secrets are at hand; below the deadline of a check, so that one that hangs is a warning too. */
const READ_DEADLINE_MS: Millis = 3_000
/** A warning is for a person: a deployment that misses more of them is told the number. */
const NAMED_AT_MOST = 20

/** Where a binding of Workers brings its own TLS the configuration's is for other platforms. */
const OF_TLS = ['certificateAuthority', 'clientCertificate', 'clientKey']
const isBindings = (config: Config, { path: [part, name = '', ...rest] }: NamedSecret): boolean => {
  const cluster = part === 'clusters' ? config.clusters[name] : undefined
  return (cluster?.vpcService ?? cluster?.mtlsBinding) !== undefined && OF_TLS.includes(rest.at(-1) ?? '')
}

export const secretsCheck = (config: Config, secrets: Ports['secrets']): Check => {
  const named = secretsOf(config).filter((it) => !isBindings(config, it))
  const isMissing = ({ name }: NamedSecret): Promise<boolean> =>
    within(READ_DEADLINE_MS, secrets.get(name), () => new Error('late')).then(
      () => false,
      () => true,
    )
  return {
    name: 'secrets',
    async run() {
      const answers = await Promise.all(named.map(isMissing))
      const missing = named.filter((_, index) => answers[index])
      if (missing.length === 0) return undefined
      const list = missing.slice(0, NAMED_AT_MOST).map(({ name, path }) => `${name} (${path.join('.')})`)
      const more = missing.length > NAMED_AT_MOST ? ` and ${missing.length - NAMED_AT_MOST} more` : ''
      return { warning: `Secrets that cannot be read: ${list.join(', ')}${more}. What needs them does not work.` }
    },
  }
}
