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
import { type Builder, container, DAYS, env, MINUTES, type WorkloadPlan, workload } from './build.ts'
import { demoInjections } from './canaries.ts'
import { configuration, databases, edges, jobs } from './shop-parts.ts'

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

export const seedShop = (builder: Builder): void => {
  configuration(builder)
  databases(builder)
  for (const app of HEALTHY) deploy(builder, app)
  edges(builder)
  jobs(builder)
  for (const app of FAULTY) deploy(builder, app)
}
