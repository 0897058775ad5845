/**
 * What a local run serves: a configuration, the secrets it names, the keys made for this run, and files to hand out. The
 * same for workerd and for Deno; only the runtime differs.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { type Config, configSchema } from '../../src/config.ts'
import { ConfigError, parseConfig } from '../../src/config-yaml.ts'
import { startDemoCluster } from '../demo/server.ts'
import { type Mode, UsageError } from './arguments.ts'
import { readNamedFile } from './files.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { secretsFromEnvironment } from './secrets.ts'

export interface Setup {
  readonly title: string
  readonly config: Config
  /** The same as it was written, without defaults filled in. */
  readonly source: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  /** Keys made for this run; null where the configuration brings its own. */
  readonly agentKey: string | null
  readonly operatorKey: string | null
  /** Path of an admin kubeconfig for the cluster, or null. */
  readonly kubeconfig: string | null
  /** Path of the bulkhead.yaml that is served. */
  readonly configFile: string
  readonly warnings: readonly string[]
  /** A private folder of this run. */
  readonly directory: string
  stop(): Promise<void>
}

const newKey = (kind: 'agent' | 'operator') => `bh_${kind}_${randomBytes(32).toString('base64url')}`
const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')
const origin = (port: number) => `http://127.0.0.1:${port}`

/** A lower-case DNS label made of a context's name. */
const clusterNameOf = (context: string): string => {
  const name = context
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return name === '' || name === 'gateway' ? 'cluster' : name
}

interface Made {
  readonly config: Config
  readonly source: Readonly<Record<string, unknown>>
  readonly agentKey: string
  readonly operatorKey: string
}

/** One cluster, with keys made for this run: everything may be read; changes need approval, where there is a credential. */
const makeConfig = (port: number, name: string, cluster: Record<string, unknown>): Made => {
  const [agentKey, operatorKey] = [newKey('agent'), newKey('operator')]
  const source = {
    publicUrl: origin(port),
    masterKey: { secret: 'BULKHEAD_KEY' },
    identity: {
      keys: [{ name: 'local-agent', owner: 'local-developer', sha256: [hashOf(agentKey)], groups: ['agents'] }],
      operators: [
        {
          name: 'local-operator',
          sha256: [hashOf(operatorKey)],
          groups: ['operators'],
          may: ['approve', 'audit', 'freeze'],
        },
      ],
    },
    clusters: { [name]: cluster },
    policy: [
      {
        name: 'look',
        groups: ['agents'],
        clusters: [name],
        verbs: ['get', 'list'],
        resources: ['*'],
        decision: 'allow',
      },
      {
        name: 'change',
        groups: ['agents'],
        clusters: [name],
        verbs: ['create', 'update', 'patch', 'delete'],
        resources: ['*'],
        decision: 'approve',
        approvers: ['operators'],
      },
    ],
  }
  return { config: configSchema.parse(source), source, agentKey, operatorKey }
}

const HEADER = '# Made for this run by npm start; the secrets it names live in memory only.\n'

export const prepare = async (mode: Mode, port: number): Promise<Setup> => {
  const directory = mkdtempSync(join(tmpdir(), 'bulkhead-'))
  const cleanUp = () => rmSync(directory, { recursive: true, force: true })
  // Miniflare ends the process itself when a signal comes, before anybody has awaited anything: the keys go even then.
  process.once('exit', cleanUp)
  const write = (name: string, text: string): string => {
    const path = join(directory, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  try {
    if (mode.kind === 'config') {
      const file = resolve(mode.file)
      const text = readNamedFile('--config', file)
      const { config, warnings } = parseConfig(text, mode.file)
      return {
        title: `the clusters of ${mode.file}`,
        // A local run is reached on loopback, whatever the deployment's address is.
        config: { ...config, publicUrl: origin(port) },
        source: { ...parse(text), publicUrl: origin(port) },
        secrets: secretsFromEnvironment(config, process.env),
        agentKey: null,
        operatorKey: null,
        kubeconfig: null,
        configFile: file,
        warnings: warnings.map(String),
        directory,
        stop: async () => cleanUp(),
      }
    }
    const masterKey = randomBytes(32).toString('base64')
    if (mode.kind === 'kubeconfig') {
      const it = readKubeconfig(mode.file, mode.context)
      const withToken = 'token' in it.credential
      const made = makeConfig(port, clusterNameOf(it.context), {
        server: it.server,
        ...(it.certificateAuthority === undefined ? {} : { certificateAuthority: { secret: 'CLUSTER_CA' } }),
        credentials: {
          read: withToken
            ? { token: { secret: 'CLUSTER_TOKEN' } }
            : {
                clientCertificate: { secret: 'CLUSTER_CERTIFICATE' },
                clientKey: { secret: 'CLUSTER_CERTIFICATE_KEY' },
              },
        },
        acceptOverpowered: "a local run in front of one's own kubeconfig",
      })
      return {
        title: `context ${it.context} of ${mode.file}`,
        ...made,
        secrets: {
          BULKHEAD_KEY: masterKey,
          ...(it.certificateAuthority === undefined ? {} : { CLUSTER_CA: it.certificateAuthority }),
          ...('token' in it.credential
            ? { CLUSTER_TOKEN: it.credential.token }
            : { CLUSTER_CERTIFICATE: it.credential.certificate, CLUSTER_CERTIFICATE_KEY: it.credential.key }),
        },
        kubeconfig: resolve(mode.file),
        configFile: write('bulkhead.yaml', HEADER + stringify(made.source)),
        warnings: [
          'This run reads with your own kubeconfig credential, which may do more than Bulkhead ever needs. In production give it the roles of deploy/rbac.',
        ],
        directory,
        stop: async () => cleanUp(),
      }
    }
    const demo = await startDemoCluster()
    const made = makeConfig(port, 'demo', {
      server: demo.server,
      certificateAuthority: { secret: 'DEMO_CA' },
      credentials: {
        read: { token: { secret: 'DEMO_READ_TOKEN' } },
        change: { token: { secret: 'DEMO_CHANGE_TOKEN' } },
      },
    })
    return {
      title: 'the demo cluster, a shop with six faults',
      ...made,
      secrets: {
        BULKHEAD_KEY: masterKey,
        DEMO_CA: demo.certificateAuthority,
        DEMO_READ_TOKEN: demo.tokens.read,
        DEMO_CHANGE_TOKEN: demo.tokens.change,
      },
      kubeconfig: write('kubeconfig.yaml', demo.adminKubeconfig()),
      configFile: write('bulkhead.yaml', HEADER + stringify(made.source)),
      warnings: [],
      directory,
      async stop() {
        await demo.stop()
        cleanUp()
      },
    }
  } catch (error) {
    cleanUp()
    if (error instanceof ConfigError) throw new UsageError(error.message)
    throw error
  }
}
