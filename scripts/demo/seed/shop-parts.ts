/** What stands around the shop's services: databases, configuration, ways in, scaling, jobs. All of it is healthy. */

import { settle } from '../controllers/settle.ts'
import { before } from '../controllers/world.ts'
import type { JsonObject } from '../json.ts'
import { timestamp } from '../store.ts'
import { type Builder, container, DAYS, HOURS, workload } from './build.ts'
import { demoCanaries } from './canaries.ts'

const NAMESPACE = 'shop'

export const databases = (builder: Builder): void => {
  for (const [name, image, port, size] of [
    ['postgres', 'postgres:17.6', 5432, '10Gi'],
    ['redis', 'redis:8.2', 6379, '1Gi'],
  ] as const) {
    builder.put(
      'apps/v1',
      'StatefulSet',
      name,
      61 * DAYS,
      { namespace: NAMESPACE, generation: 1 },
      {
        spec: workload(name, {
          replicas: 1,
          containers: [container(name, { image, port, cpu: '250m', memory: '256Mi' })],
          more: {
            serviceName: name,
            volumeClaimTemplates: [
              {
                metadata: { name: 'data' },
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
              },
            ],
          },
        }),
      },
    )
    builder.put(
      'v1',
      'Service',
      name,
      61 * DAYS,
      { namespace: NAMESPACE },
      {
        spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name, port, targetPort: port }] },
      },
    )
  }
  settle(builder.cluster, before(builder.now, 19 * DAYS), NAMESPACE)
}

export const configuration = (builder: Builder): void => {
  const described = { namespace: NAMESPACE }
  builder.put('v1', 'Secret', 'checkout-database', 61 * DAYS, described, {
    stringData: { username: 'checkout', password: demoCanaries.databasePassword, url: demoCanaries.databaseUrl },
  })
  const login = { auths: { 'images.example.com': { username: 'ci-agent', password: demoCanaries.registryAuth } } }
  builder.put('v1', 'Secret', 'registry-pull', 61 * DAYS, described, {
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify(login) },
  })
  builder.put('v1', 'Secret', 'backup-admin', 61 * DAYS, described, { stringData: { token: demoCanaries.decoyToken } })
  builder.put('v1', 'ConfigMap', 'storefront-config', 33 * DAYS, described, {
    data: { 'features.json': '{"recommendations":true,"giftCards":false}', LOCALE: 'en' },
  })
  builder.put('v1', 'ConfigMap', 'chat-notify', 12 * DAYS, described, {
    data: { channel: '#shop-orders', 'bot.token': demoCanaries.configMapToken },
  })
}

export const edges = (builder: Builder): void => {
  const described = { namespace: NAMESPACE }
  const backend = (name: string): JsonObject => ({ service: { name, port: { name: 'http' } } })
  const rule = (path: string, name: string): JsonObject => ({ path, pathType: 'Prefix', backend: backend(name) })
  builder.put(
    'networking.k8s.io/v1',
    'Ingress',
    'shop',
    61 * DAYS,
    { ...described, generation: 1 },
    {
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
        rules: [
          {
            host: 'shop.example.com',
            http: { paths: [rule('/search', 'search'), rule('/checkout', 'checkout'), rule('/', 'storefront')] },
          },
        ],
      },
      status: { loadBalancer: { ingress: [{ ip: '172.18.0.100' }] } },
    },
  )
  builder.put('autoscaling/v2', 'HorizontalPodAutoscaler', 'storefront', 33 * DAYS, described, {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'storefront' },
      minReplicas: 2,
      maxReplicas: 8,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
    status: {
      currentReplicas: 3,
      desiredReplicas: 3,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 41, averageValue: '41m' } } },
      ],
    },
  })
  builder.put(
    'policy/v1',
    'PodDisruptionBudget',
    'catalog',
    33 * DAYS,
    { ...described, generation: 1 },
    {
      spec: { minAvailable: 2, selector: { matchLabels: { 'app.kubernetes.io/name': 'catalog' } } },
    },
  )
  builder.put(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    'postgres',
    61 * DAYS,
    { ...described, generation: 1 },
    {
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'postgres' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: {} }] }],
      },
    },
  )
}

const CLEANUP_RUNS = 3

export const jobs = (builder: Builder): void => {
  const template = {
    spec: {
      template: {
        spec: { restartPolicy: 'Never', containers: [container('cleanup', { image: 'shop/cleanup:1.0.4' })] },
      },
    },
  }
  const cron = builder.put(
    'batch/v1',
    'CronJob',
    'session-cleanup',
    33 * DAYS,
    { namespace: NAMESPACE, generation: 1 },
    {
      spec: { schedule: '0 */6 * * *', jobTemplate: template },
      status: {
        lastScheduleTime: timestamp(before(builder.now, 2 * HOURS)),
        lastSuccessfulTime: timestamp(before(builder.now, 2 * HOURS - 11)),
      },
    },
  )
  for (let run = 0; run < CLEANUP_RUNS; run += 1) {
    const age = (2 + run * 6) * HOURS
    const scheduled = Math.floor(before(builder.now, age).getTime() / 60_000)
    const job = builder.put(
      'batch/v1',
      'Job',
      `session-cleanup-${scheduled}`,
      age,
      { namespace: NAMESPACE, generation: 1 },
      template,
    )
    builder.cluster.store.put('jobs.batch', {
      ...job,
      metadata: {
        ...job.metadata,
        ownerReferences: [
          {
            apiVersion: 'batch/v1',
            kind: 'CronJob',
            name: cron.metadata.name,
            uid: cron.metadata.uid ?? '',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
    })
    settle(builder.cluster, before(builder.now, age), NAMESPACE)
  }
}
