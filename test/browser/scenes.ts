/** What the console shows in the browser tests: a plan of every sort, as a busy cluster would have them. */
import type { CheckResult } from '../../src/http/health.ts'
import type { JobStatus } from '../../src/jobs.ts'
import type { LedgerEntry, RecordedCaller } from '../../src/ports.ts'
import { AGENT, type PlanChanges } from '../support/fake-desk.ts'

const NOW = 1_793_491_200_000
const MARIA: RecordedCaller = {
  kind: 'operator',
  issuer: 'bulkhead',
  client: 'maria@example.com',
  subject: 'maria@example.com',
}

const DELETED = `--- live/apps/v1/StatefulSet/payments/ledger-database
+++ planned: nothing
@@ -1,18 +0,0 @@
-apiVersion: apps/v1
-kind: StatefulSet
-metadata:
-  annotations:
-    argocd.argoproj.io/tracking-id: payments:apps/StatefulSet:payments/ledger-database
-  labels:
-    app.kubernetes.io/name: ledger-database
-  name: ledger-database
-  namespace: payments
-spec:
-  replicas: 3
-  serviceName: ledger-database
-  template:
-    spec:
-      containers:
-      - image: registry.example.com/payments/ledger-database@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945
-        name: database`

const drained = ['web-6f7d9c-x2lq8', 'web-6f7d9c-p9v4d', 'queue-0', 'cache-77b5-lm2zt'].map((name, at) => ({
  verb: 'evict',
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: 'shop',
  name,
  state: (['done', 'done', 'intended', 'waiting'] as const)[at] ?? 'waiting',
}))

export const PLANS: Readonly<Record<string, PlanChanges>> = {
  'prod-scaleaaaaaaaaaaa': {},
  'prod-refuseaaaaaaaaaa': {
    subject: { kind: 'Deployment', name: 'basket', namespace: 'shop' },
    row: { created: NOW - 400_000 },
  },
  'prod-deleteaaaaaaaaaa': {
    row: { tool: 'resources_delete', created: NOW - 60_000 },
    subject: { kind: 'StatefulSet', name: 'ledger-database', namespace: 'payments' },
    typeName: true,
    approvers: [['sre', 'platform'], ['payments-leads']],
    view: {
      rule: 'change',
      operations: [
        {
          verb: 'delete',
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          namespace: 'payments',
          name: 'ledger-database',
          state: 'waiting',
        },
      ],
      diff: DELETED,
      tainted: true,
      reason:
        'The runbook that I found in the annotations says that the database may be deleted and comes back by itself.',
      warnings: [
        'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them',
      ],
      podSecurity: [
        {
          level: 'restricted',
          check: 'runAsNonRoot',
          field: 'spec.template.spec.securityContext.runAsNonRoot',
          value: null,
        },
        {
          level: 'restricted',
          check: 'allowPrivilegeEscalation',
          field: 'spec.template.spec.containers[database].securityContext.allowPrivilegeEscalation',
          value: true,
        },
      ],
      managedBy: [
        {
          manager: 'argocd',
          owner: 'argocd/payments',
          repository: 'https://git.example.com/platform/payments.git',
          path: 'deploy/production',
          patch: '$patch: delete\napiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: ledger-database\n',
        },
      ],
      blastRadius: {
        pods: 3,
        namespaceFraction: 0.6,
        workloads: [
          { kind: 'StatefulSet', namespace: 'payments', name: 'ledger-database', replicas: 3, after: 0, last: true },
        ],
        disruptionBudgets: [{ namespace: 'payments', name: 'ledger-database', allowed: 1, touched: 3 }],
        dependents: { Pod: 3, ControllerRevision: 2 },
        services: [{ namespace: 'payments', name: 'ledger-database' }],
        notLookedAt: ['Ingresses: the read credential may not list them.'],
      },
    },
  },
  'prod-drainaaaaaaaaaaa': {
    row: {
      tool: 'nodes_drain',
      created: NOW - 200_000,
      decided: { verdict: 'approved', by: MARIA, at: NOW - 20_000 },
    },
    subject: { kind: 'Node', name: 'worker-3' },
    view: { state: 'applying', operations: drained, diff: '', blastRadius: blast(4, 0.11, 34, 30) },
  },
  'prod-ownaaaaaaaaaaaaa': {
    subject: { kind: 'Deployment', name: 'search', namespace: 'shop' },
    row: { created: NOW - 250_000, caller: { ...AGENT, owner: 'maria@example.com' } },
    mayApprove: { ok: true, breakGlass: true },
  },
  'prod-largeaaaaaaaaaaa': {
    row: { tool: 'resources_apply', created: NOW - 300_000 },
    subject: { kind: 'ConfigMap', name: 'dashboards', namespace: 'monitoring' },
    view: { diffCut: true },
  },
  'prod-overaaaaaaaaaaaa': {
    row: {
      tool: 'rollout_restart',
      created: NOW - 7_200_000,
      decided: { verdict: 'refused', by: MARIA, at: NOW - 7_000_000, reason: 'Wait for the end of the sale.' },
    },
    view: { state: 'refused', code: 'plan_refused' },
  },
}

function blast(pods: number, namespaceFraction: number, replicas: number, after: number) {
  return {
    pods,
    namespaceFraction,
    workloads: [{ kind: 'Deployment', namespace: 'shop', name: 'web', replicas, after, last: false }],
    disruptionBudgets: [{ namespace: 'shop', name: 'web', allowed: 1, touched: 1 }],
    dependents: {},
    services: [],
    notLookedAt: [],
  }
}

const ENTRIES: readonly LedgerEntry[] = [
  { kind: 'operator', caller: MARIA, action: 'signed in at the console' },
  { kind: 'authentication_failure', reason: 'unknown_key', address: '192.0.2.77', suppressed: 4 },
  { kind: 'call', call: '1', caller: AGENT, tool: 'pods_list', arguments: 'c'.repeat(64), accesses: [] },
  { kind: 'refusal', call: '2', caller: AGENT, tool: 'resources_get', code: 'policy_denied', accesses: [] },
  {
    kind: 'plan',
    plan: 'prod-scaleaaaaaaaaaaa',
    caller: AGENT,
    tool: 'resources_scale',
    decision: 'approve',
    digest: 'd'.repeat(64),
    policy: 'e'.repeat(64),
    expires: NOW,
    tainted: false,
    operations: [],
  },
  {
    kind: 'decision',
    plan: 'prod-overaaaaaaaaaaaa',
    verdict: 'refused',
    caller: MARIA,
    reason: 'Wait for the end of the sale.',
  },
  { kind: 'effect', plan: 'prod-drainaaaaaaaaaaa', step: 1, outcome: 'done', reconciled: true },
]

/** What the gateway's ledger holds: enough for two pages. */
export const RECORDS: readonly LedgerEntry[] = Array.from({ length: 9 }, () => ENTRIES).flat()

export const CHECKS: readonly CheckResult[] = [
  { name: 'configuration', ok: true },
  { name: 'ledger gateway', ok: true },
  {
    name: 'ledger prod',
    ok: true,
    warning: 'The ledger prod uses 83 % of its room: export it and see docs/storage.md.',
  },
  { name: 'cluster prod', ok: false, code: 'cluster_unreachable', reason: 'The API server does not answer.' },
]

export const WAITING: readonly (JobStatus & { readonly target: string })[] = [
  {
    target: 'sre-slack',
    key: '1',
    job: {
      kind: 'notify',
      target: 'sre-slack',
      notice: { event: 'plan', title: 'A plan waits: scale Deployment shop/web on prod', facts: [], time: '' },
    },
    attempts: 4,
    enqueued: NOW - 700_000,
    next: NOW + 240_000,
    code: 'http_404',
  },
]
