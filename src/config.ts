/**
 * The shape of bulkhead.yaml: one strict zod schema, from which the types and the published JSON Schema are derived.
 * Unknown keys are errors. Secrets are named, never written. Reading YAML (with positions) is `config-yaml.ts`'s work;
 * a Worker gets the JSON that the build made from it.
 */
import * as z from 'zod'
import { clusters } from './config/clusters.ts'
import { crossCheck } from './config/cross.ts'
import { approvals, audit, hooks, limits, notify, output, reports, telemetry, watch } from './config/features.ts'
import { identity } from './config/identity.ts'
import { policy } from './config/policy.ts'
import { publicUrl, secret } from './config/values.ts'

export { durationMs } from './config/values.ts'

export const configSchema = z
  .strictObject({
    publicUrl: publicUrl.describe('Where callers reach Bulkhead.'),
    masterKey: secret.describe(
      '32 random bytes: derives the keys for cursors, marks, cookies, plan seals, checkpoints.',
    ),
    identity,
    clusters,
    policy,
    limits,
    output,
    approvals,
    watch,
    notify,
    hooks,
    reports,
    audit,
    telemetry,
  })
  .superRefine((config, context) =>
    crossCheck(config, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  )

/** The configuration, defaults filled in. */
export type Config = z.infer<typeof configSchema>
export type ClusterConfig = Config['clusters'][string]
export type CredentialConfig = ClusterConfig['credentials']['read']
export type PolicyRule = Config['policy'][number]
export type KeyConfig = Config['identity']['keys'][number]
export type IssuerConfig = Config['identity']['issuers'][number]
export type OperatorConfig = Config['identity']['operators'][number]
