/** What every `Secrets` promises. */
import type { Secrets } from '../../src/ports.ts'
import { type Check, equal, ok, rejects } from './assert.ts'

/** Secrets of these names and values are there. An empty value is a secret that was made and left empty. */
export type MakeSecrets = (values: Readonly<Record<string, string>>) => Promise<Secrets>

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'

export const secretsContract: readonly Check<MakeSecrets>[] = [
  {
    name: 'a secret is given as it is, lines and all',
    async run(make) {
      const secrets = await make({ TOKEN: 'of-no-use', CA: PEM })
      equal([await secrets.get('TOKEN'), await secrets.get('CA')], ['of-no-use', PEM], 'values')
    },
  },
  {
    name: 'one that is missing, empty or only inherited is a coded error that names it',
    async run(make) {
      const secrets = await make({ OTHER: 'of-no-use', EMPTY: '' })
      for (const name of ['MISSING', 'EMPTY', 'constructor', '__proto__', 'toString']) {
        const error = await rejects(() => secrets.get(name), 'secret_unavailable', name)
        ok(error.message.includes(`"${name}"`), `${error.message} does not name ${name}`)
        ok(!`${error.message} ${error.detail}`.includes('of-no-use'), 'the words hold a value')
      }
    },
  },
]
