/** Which clusters there are, how to reach them, and with which credentials. */
import * as z from 'zod'
import { clusterName, httpsUrl, later, secret } from './values.ts'

const CLOUD = 'cloud credentials'

const credential = z.union([
  z.strictObject({
    token: secret.describe('A ServiceAccount token.'),
    exec: later('exec plugins run programs; use a ServiceAccount token'),
    eks: later(CLOUD),
    gke: later(CLOUD),
    entra: later(CLOUD),
  }),
  z.strictObject({
    clientCertificate: secret.describe('PEM. Deno and local runs; on Workers use mtlsBinding.'),
    clientKey: secret.describe('PEM, PKCS#8.'),
  }),
])

const cluster = z
  .strictObject({
    server: httpsUrl.describe("The API server. The only origin that this cluster's requests go to."),
    certificateAuthority: secret
      .optional()
      .describe('PEM of a private CA. Deno and local runs; on Workers use vpcService.'),
    vpcService: z
      .string()
      .min(1)
      .optional()
      .describe('Workers: the VPC service binding to use in place of global fetch.'),
    mtlsBinding: z
      .string()
      .min(1)
      .optional()
      .describe('Workers: the mTLS certificate binding to use in place of global fetch.'),
    jurisdiction: z
      .enum(['eu', 'fedramp', 'us'])
      .optional()
      .describe('Where its ledger lives. Part of its identity: changing it is refused.'),
    credentials: z
      .strictObject({
        read: credential.describe('For everything that looks. Give it deploy/rbac/read.yaml.'),
        change: credential.optional().describe('For everything that writes. Absent: the cluster is read-only.'),
      })
      .describe('Two credentials, so that a read can never write.'),
    acceptOverpowered: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('An over-powered credential is refused unless this says why it is accepted; the override is recorded.'),
    impersonate: later('impersonation'),
    exec: later('exec plugins run programs; use a ServiceAccount token'),
  })
  .refine((it) => it.vpcService === undefined || it.mtlsBinding === undefined, 'vpcService or mtlsBinding, not both')

/** What one Worker's bundle and one page can hold. */
const MAX_CLUSTERS = 200

export const clusters = z
  .record(clusterName, cluster)
  .refine((it) => Object.keys(it).length > 0, 'at least one cluster is needed')
  .refine((it) => Object.keys(it).length <= MAX_CLUSTERS, `at most ${MAX_CLUSTERS} clusters`)
  .describe('The clusters, by the names that callers, policy and the ledger use.')
