/**
 * Secrets from the environment, else from a file: `NAME`, else the file that `NAME_FILE` names, else `NAME` in the
 * folder of secrets, as containers mount them. Files are read anew each time, so a rotated one is used at once.
 */
import type { Secrets } from '../../ports.ts'
import { secretUnavailable } from '../failures.ts'

/** As much as Cloudflare's Secrets Store would give; no token, key or bundle of certificates is longer. */
const MAX_SECRET_BYTES = 65_536
/** Also keeps a name from being a path. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

/** Where Docker and Podman put secrets; Kubernetes puts them wherever the pod says. */
export const SECRETS_FOLDER = '/run/secrets'

export interface SecretSources {
  readonly env: (name: string) => string | undefined
  readonly folder: string
}

export const createSecrets = ({ env, folder }: SecretSources): Secrets => {
  const readFile = async (name: string, path: string): Promise<string> => {
    try {
      const { size } = await Deno.stat(path)
      if (size > MAX_SECRET_BYTES) throw secretUnavailable(name, `its file is longer than ${MAX_SECRET_BYTES} bytes`)
      // Editors and `echo` end a file with a newline that is not part of the secret.
      return (await Deno.readTextFile(path)).replace(/\r?\n$/, '')
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw secretUnavailable(name, 'its file cannot be read')
      throw secretUnavailable(name, `neither ${name} nor ${name}_FILE is set, and there is no file ${path}`)
    }
  }
  return {
    async get(name) {
      if (!NAME.test(name)) throw secretUnavailable(name, 'not a name of a secret')
      const value = env(name) || (await readFile(name, env(`${name}_FILE`) || `${folder}/${name}`))
      if (value === '') throw secretUnavailable(name, 'it is empty')
      return value
    },
  }
}
