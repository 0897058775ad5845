/** payments: healthy, and where a password stands in an environment literal and in last-applied-configuration. */

import { settle } from '../controllers/settle.ts'
import { tell } from '../controllers/tell.ts'
import { before } from '../controllers/world.ts'
import type { JsonObject } from '../json.ts'
import { type Builder, container, DAYS, env, HOURS, MINUTES, workload } from './build.ts'
import { demoCanaries } from './canaries.ts'

const NAMESPACE = 'payments'
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const ledger = (password: string): JsonObject =>
  workload('ledger', {
    replicas: 2,
    containers: [
      container('app', {
        image: 'payments/ledger:3.3.0',
        port: 8080,
        cpu: '100m',
        memory: '128Mi',
        more: { env: env({ DB_HOST: 'ledger-db', DB_PASSWORD: password }) },
      }),
    ],
  })

export const seedPayments = (builder: Builder): void => {
  const described = { namespace: NAMESPACE, generation: 1 }
  builder.put(
    'v1',
    'Secret',
    'gateway-key',
    61 * DAYS,
    { namespace: NAMESPACE },
    {
      stringData: { 'api-key': demoCanaries.gatewayKey },
    },
  )
  const applied = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'ledger', namespace: NAMESPACE, annotations: {} },
    spec: ledger(demoCanaries.lastAppliedPassword),
  }
  builder.put(
    'apps/v1',
    'Deployment',
    'ledger',
    25 * DAYS,
    { ...described, annotations: { [LAST_APPLIED]: `${JSON.stringify(applied)}\n` } },
    { spec: ledger(demoCanaries.envPassword) },
  )
  for (const [name, replicas] of [
    ['gateway', 2],
    ['fraud', 1],
  ] as const) {
    builder.put('apps/v1', 'Deployment', name, 25 * DAYS, described, {
      spec: workload(name, {
        replicas,
        containers: [container('app', { image: `payments/${name}:1.7.0`, port: 8080 })],
      }),
    })
  }
  for (const name of ['gateway', 'ledger', 'fraud']) {
    builder.put(
      'v1',
      'Service',
      name,
      25 * DAYS,
      { namespace: NAMESPACE },
      {
        spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
      },
    )
  }
  builder.put('apps/v1', 'StatefulSet', 'ledger-db', 61 * DAYS, described, {
    spec: workload('ledger-db', {
      replicas: 1,
      containers: [container('postgres', { image: 'postgres:17.6', port: 5432 })],
      more: {
        serviceName: 'ledger-db',
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
          },
        ],
      },
    }),
  })
  settle(builder.cluster, before(builder.now, 25 * DAYS), NAMESPACE)
  const job = builder.put('batch/v1', 'Job', 'settlement-2026-11', 7 * HOURS, described, {
    spec: {
      template: {
        spec: { restartPolicy: 'Never', containers: [container('settlement', { image: 'payments/settlement:2.0.0' })] },
      },
    },
  })
  settle(builder.cluster, before(builder.now, 7 * HOURS), NAMESPACE)
  const world = { store: builder.cluster.store, cluster: builder.cluster, when: builder.now, now: builder.now }
  tell(world, job, {
    type: 'Normal',
    reason: 'Archived',
    message: `Archived to https://settlement:${demoCanaries.eventUrlPassword}@archive.example.com/2026-11`,
    component: 'settlement-archiver',
    first: before(builder.now, 20 * MINUTES),
  })
}
