/**
 * Reads one context of a kubeconfig, by the rules of client-go's clientcmd for what is taken at all: server, CA, token or
 * client certificate. Whatever would run a program, skip verification or go through a proxy is refused, with what to do
 * instead (THREATS.md L4-4).
 */
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import { UsageError } from './arguments.ts'
import { readNamedFile } from './files.ts'

const named = <T extends z.ZodType>(key: string, value: T) => z.looseObject({ name: z.string(), [key]: value })

const kubeconfigSchema = z.looseObject({
  'current-context': z.string().optional(),
  contexts: z.array(named('context', z.looseObject({ cluster: z.string(), user: z.string().optional() }))).default([]),
  clusters: z.array(named('cluster', z.record(z.string(), z.unknown()))).default([]),
  users: z.array(named('user', z.record(z.string(), z.unknown()).nullable())).default([]),
})

export interface KubeconfigCluster {
  readonly context: string
  readonly server: string
  /** PEM; undefined: the system's authorities. */
  readonly certificateAuthority: string | undefined
  readonly credential: { readonly token: string } | { readonly certificate: string; readonly key: string }
}

const CLUSTER_REFUSALS: Readonly<Record<string, string>> = {
  'insecure-skip-tls-verify': "TLS is always verified: put the API server's CA into certificate-authority-data",
  'proxy-url': 'proxies are not used: give a server address that this machine reaches directly',
  'tls-server-name': 'the certificate must be valid for the server address itself: use an address that it names',
}

const USER_INSTEAD =
  'make a token instead: kubectl create token SERVICEACCOUNT --duration 8h, and put it into the user as "token"'
const USER_REFUSALS: Readonly<Record<string, string>> = {
  exec: `exec plugins run programs; ${USER_INSTEAD}`,
  'auth-provider': `auth providers run programs or refresh tokens; ${USER_INSTEAD}`,
  username: `basic authentication is not a Kubernetes credential any more; ${USER_INSTEAD}`,
  password: `basic authentication is not a Kubernetes credential any more; ${USER_INSTEAD}`,
  as: `impersonation is not in this version; ${USER_INSTEAD}`,
}

const refuse = (where: string, entry: Record<string, unknown>, refusals: Readonly<Record<string, string>>): void => {
  for (const [key, why] of Object.entries(refusals)) {
    if (entry[key] !== undefined && entry[key] !== false && entry[key] !== '')
      throw new UsageError(`${where}: "${key}" is refused: ${why}.`)
  }
}

/** The value itself, `KEY-data` in base64, or the file that KEY names, relative to the kubeconfig. */
const material = (entry: Record<string, unknown>, key: string, folder: string): string | undefined => {
  const data = entry[`${key}-data`]
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8')
  const file = entry[key]
  if (typeof file !== 'string' || file === '') return undefined
  return readNamedFile(key, resolve(folder, file))
}

export const readKubeconfig = (file: string, contextName: string | undefined): KubeconfigCluster => {
  const text = readNamedFile('--kubeconfig', file)
  let raw: unknown
  try {
    raw = parse(text)
  } catch {
    throw new UsageError(`--kubeconfig ${file}: not YAML.`)
  }
  const parsed = kubeconfigSchema.safeParse(raw)
  if (!parsed.success) throw new UsageError(`--kubeconfig ${file}: not a kubeconfig (contexts, clusters, users).`)
  const config = parsed.data
  const context = contextName ?? config['current-context']
  const names = config.contexts.map((it) => it.name).join(', ')
  if (context === undefined) throw new UsageError(`${file} has no current-context: name one with --context: ${names}.`)
  const chosen = config.contexts.find((it) => it.name === context)?.context as
    | { cluster: string; user?: string }
    | undefined
  if (chosen === undefined) throw new UsageError(`${file} has no context "${context}"; there are: ${names}.`)
  const cluster = config.clusters.find((it) => it.name === chosen.cluster)?.cluster as
    | Record<string, unknown>
    | undefined
  if (cluster === undefined)
    throw new UsageError(`${file}: context "${context}" names cluster "${chosen.cluster}", which is not there.`)
  const user = config.users.find((it) => it.name === chosen.user)?.user as Record<string, unknown> | null | undefined
  if (user === undefined || user === null)
    throw new UsageError(`${file}: context "${context}" has no user to sign in with.`)
  refuse(`${file}, cluster "${chosen.cluster}"`, cluster, CLUSTER_REFUSALS)
  refuse(`${file}, user "${chosen.user}"`, user, USER_REFUSALS)
  const server = cluster.server
  if (typeof server !== 'string' || !server.startsWith('https://'))
    throw new UsageError(`${file}, cluster "${chosen.cluster}": the server must be an https URL.`)
  const folder = dirname(resolve(file))
  const tokenFile =
    typeof user.tokenFile === 'string' ? material({ file: user.tokenFile }, 'file', folder)?.trim() : undefined
  const token = typeof user.token === 'string' && user.token !== '' ? user.token : tokenFile
  const certificate = material(user, 'client-certificate', folder)
  const key = material(user, 'client-key', folder)
  const credential =
    token !== undefined ? { token } : certificate !== undefined && key !== undefined ? { certificate, key } : undefined
  if (credential === undefined)
    throw new UsageError(
      `${file}, user "${chosen.user}": neither a token nor a client certificate with its key; ${USER_INSTEAD}.`,
    )
  return { context, server, certificateAuthority: material(cluster, 'certificate-authority', folder), credential }
}
