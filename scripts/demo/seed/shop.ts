/**
 * The shop: what works, and the six faults, each with one cause and independent of the others.
 *
 * 1. checkout crashes: PAYMENT_TIMEOUT has no unit; its previous log says so.
 * 2. recommendations cannot be pulled: the tag ends in a letter O.
 * 3. inventory cannot start: the ConfigMap that its environment comes from does not exist.
 * 4. search is up but unreachable: its Service selects a label that no pod has.
 * 5. reports is never scheduled: it asks for more cores than any node has.
 * 6. thumbnails is killed: its memory limit is smaller than a picture.
 */

import { settle } from '../controllers/settle.ts'
import { before } from '../controllers/world.ts'
import type { JsonObject } from '../json.ts'
import { timestamp } from '../store.ts'
import { type Builder, container, DAYS, env, HOURS, MINUTES, type WorkloadPlan, workload } from './build.ts'
import { demoCanaries, demoInjections } from './canaries.ts'

const NAMESPACE = 'shop'

const PROBE = { httpGet: { path: '/health', port: 'http' } }

const web = (image: string, more: JsonObject = {}, memoryLimit = '256Mi'): JsonObject =>
  container('app', {
    image,
    port: 8080,
    cpu: '100m',
    memory: '128Mi',
    memoryLimit,
    more: { readinessProbe: PROBE, ...more },
  })

interface App {
  readonly name: string
  readonly age: number
  readonly plan: WorkloadPlan
  readonly annotations?: JsonObject
  readonly selector?: JsonObject
}

const HEALTHY: readonly App[] = [
  { name: 'storefront', age: 12 * DAYS, plan: { replicas: 3, containers: [web('shop/storefront:5.2.0')] } },
  { name: 'catalog', age: 33 * DAYS, plan: { replicas: 3, containers: [web('shop/catalog:1.19.3')] } },
  { name: 'cart', age: 12 * DAYS, plan: { replicas: 2, containers: [web('shop/cart:2.3.1')] } },
  {
    name: 'orders',
    age: 6 * DAYS,
    annotations: { 'example.com/notes': demoInjections.annotation },
    plan: {
      replicas: 2,
      containers: [web('shop/orders:4.0.2'), container('metrics', { image: 'statsd-exporter:0.28.0' })],
    },
  },
  { name: 'mailer', age: 20 * DAYS, plan: { replicas: 1, containers: [web('shop/mailer:1.1.0')] } },
]

const FAULTY: readonly App[] = [
  {
    name: 'checkout',
    age: 47 * MINUTES,
    plan: {
      replicas: 2,
      containers: [
        web('shop/checkout:2.14.0', {
          env: [
            ...env({ PAYMENT_TIMEOUT: '30', LOG_LEVEL: 'info' }),
            { name: 'DATABASE_PASSWORD', valueFrom: { secretKeyRef: { name: 'checkout-database', key: 'password' } } },
          ],
        }),
      ],
    },
  },
  {
    name: 'recommendations',
    age: 38 * MINUTES,
    plan: { replicas: 2, containers: [web('shop/recommendations:3.1.O')] },
  },
  {
    name: 'inventory',
    age: 52 * MINUTES,
    plan: {
      replicas: 2,
      containers: [web('shop/inventory:0.9.4', { envFrom: [{ configMapRef: { name: 'inventory-config' } }] })],
    },
  },
  {
    name: 'search',
    age: 55 * MINUTES,
    selector: { 'app.kubernetes.io/name': 'search-api' },
    plan: { replicas: 2, containers: [web('shop/search:7.0.1')] },
  },
  {
    name: 'reports',
    age: 41 * MINUTES,
    plan: {
      replicas: 1,
      containers: [container('app', { image: 'shop/reports:1.4.0', port: 8080, cpu: '24', memory: '1Gi' })],
    },
  },
  {
    name: 'thumbnails',
    age: 58 * MINUTES,
    plan: { replicas: 2, containers: [web('shop/thumbnails:1.8.2', {}, '128Mi')] },
  },
]

const deploy = (builder: Builder, { name, age, plan, annotations, selector }: App): void => {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'shop' }
  const described = { namespace: NAMESPACE, labels, generation: 1 }
  builder.put(
    'apps/v1',
    'Deployment',
    name,
    age,
    { ...described, ...(annotations ? { annotations } : {}) },
    {
      spec: workload(name, plan),
    },
  )
  builder.put(
    'v1',
    'Service',
    name,
    age,
    { namespace: NAMESPACE, labels },
    {
      spec: {
        selector: selector ?? { 'app.kubernetes.io/name': name },
        ports: [{ name: 'http', port: 80, targetPort: 'http' }],
      },
    },
  )
  settle(builder.cluster, before(builder.now, age), NAMESPACE)
}

const databases = (builder: Builder): void => {
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

const configuration = (builder: Builder): void => {
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

const edges = (builder: Builder): void => {
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

const jobs = (builder: Builder): void => {
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

export const seedShop = (builder: Builder): void => {
  configuration(builder)
  databases(builder)
  for (const app of HEALTHY) deploy(builder, app)
  edges(builder)
  jobs(builder)
  for (const app of FAULTY) deploy(builder, app)
}
