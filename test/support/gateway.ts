/** A configuration for tests on the wire: one cluster, an agent that reads everything, an operator, and their keys. */
import { createHash, randomBytes } from 'node:crypto'

export interface Gateway {
  readonly config: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly agentKey: string
  readonly operatorKey: string
}

export interface GatewayCluster {
  readonly name: string
  readonly server: string
  readonly certificateAuthority: string
  readonly readToken: string
  /** Absent: the cluster is read-only. */
  readonly changeToken?: string
}

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')

/** `overrides` replace whole top-level keys of the configuration. */
export const gatewayFor = (cluster: GatewayCluster, overrides: Readonly<Record<string, unknown>> = {}): Gateway => {
  const agentKey = `bh_agent_${randomBytes(24).toString('base64url')}`
  const operatorKey = `bh_operator_${randomBytes(24).toString('base64url')}`
  return {
    agentKey,
    operatorKey,
    secrets: {
      BULKHEAD_KEY: randomBytes(32).toString('base64'),
      CLUSTER_CA: cluster.certificateAuthority,
      READ_TOKEN: cluster.readToken,
      ...(cluster.changeToken === undefined ? {} : { CHANGE_TOKEN: cluster.changeToken }),
    },
    config: {
      masterKey: { secret: 'BULKHEAD_KEY' },
      identity: {
        keys: [{ name: 'test-agent', owner: 'test-owner', sha256: [hashOf(agentKey)], groups: ['agents'] }],
        operators: [
          {
            name: 'test-operator',
            sha256: [hashOf(operatorKey)],
            groups: ['operators'],
            may: ['approve', 'audit', 'freeze'],
          },
        ],
      },
      clusters: {
        [cluster.name]: {
          server: cluster.server,
          certificateAuthority: { secret: 'CLUSTER_CA' },
          credentials: {
            read: { token: { secret: 'READ_TOKEN' } },
            ...(cluster.changeToken === undefined ? {} : { change: { token: { secret: 'CHANGE_TOKEN' } } }),
          },
        },
      },
      policy: [
        {
          name: 'look',
          groups: ['agents'],
          clusters: [cluster.name],
          verbs: ['get', 'list'],
          resources: ['*'],
          decision: 'allow',
        },
      ],
      limits: { callsPerMinute: 10_000, bytesPerMinute: 100_000_000 },
      ...overrides,
    },
  }
}

interface Demo {
  readonly server: string
  readonly certificateAuthority: string
  readonly tokens: { readonly read: string; readonly change: string }
}

const readingDemo = ({ server, certificateAuthority, tokens }: Demo, name: string): GatewayCluster => ({
  name,
  server,
  certificateAuthority,
  readToken: tokens.read,
})

/** The same in front of a demo cluster. */
export const gatewayForDemo = (demo: Demo, name = 'demo'): Gateway => gatewayFor(readingDemo(demo, name))

/** And with the credential for changes. */
export const gatewayForChanges = (demo: Demo, overrides: Readonly<Record<string, unknown>>): Gateway =>
  gatewayFor({ ...readingDemo(demo, 'demo'), changeToken: demo.tokens.change }, overrides)
