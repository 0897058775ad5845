/** The secrets of a local run: taken from environment variables of the names that the configuration gives. */
import type { Config, CredentialConfig } from '../../src/config.ts'
import { UsageError } from './arguments.ts'

const ofCredential = (credential: CredentialConfig): string[] =>
  'token' in credential ? [credential.token.secret] : [credential.clientCertificate.secret, credential.clientKey.secret]

/** Every secret without which this version cannot serve the configuration. */
export const neededSecrets = (config: Config): readonly string[] => {
  const names = [config.masterKey.secret]
  for (const cluster of Object.values(config.clusters)) {
    if (cluster.certificateAuthority !== undefined) names.push(cluster.certificateAuthority.secret)
    names.push(...ofCredential(cluster.credentials.read))
  }
  return [...new Set(names)]
}

export const secretsFromEnvironment = (
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> => {
  const needed = neededSecrets(config)
  const missing = needed.filter((name) => (environment[name] ?? '') === '')
  if (missing.length > 0)
    throw new UsageError(
      `The configuration names secrets that are not in the environment: ${missing.join(', ')}. Set each variable and start again.`,
    )
  return Object.fromEntries(needed.map((name) => [name, environment[name] ?? '']))
}
