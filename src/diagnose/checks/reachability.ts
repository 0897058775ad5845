/** Services that lead nowhere, and routes that lead to those. */

import { objectOf } from '../../kube/json.ts'
import type { KubeObject } from '../../tool.ts'
import { podsBehind, routesOf, workloadsBehind } from '../behind.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import { backendsOf } from '../ingress.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectNamed, subjectOf } from '../subject.ts'
import { objectsIn, remedy, specOf } from '../words.ts'

const selectorOf = (service: KubeObject) => specOf(service).selector

/** Somebody else writes its endpoints, or it has none by intention. */
const isSelfMade = (service: KubeObject): boolean => {
  const { type, selector } = specOf(service)
  return type === 'ExternalName' || Object.keys(objectOf(selector)).length === 0
}

/** Nobody wants a pod behind it just now. */
const isAsleep = (workloads: readonly KubeObject[]): boolean =>
  workloads.length > 0 && workloads.every((it) => specOf(it).replicas === 0)

const noEndpoints: Check = {
  id: 'service-no-endpoints',
  explainedBy: 'any',
  run(snapshot) {
    if (snapshot.looked('pods') !== 'all') return []
    return snapshot.list('services').flatMap((service): readonly Draft[] => {
      if (isSelfMade(service)) return []
      const pods = podsBehind(service, snapshot).filter((it) => !it.done && it.deleted === undefined)
      const workloads = workloadsBehind(service, snapshot)
      if (pods.some((it) => it.ready) || isAsleep(workloads)) return []
      const subject = subjectOf(service)
      const labels = Object.entries(objectOf(selectorOf(service)))
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(',')
      const matched = pods.length > 0 || workloads.length > 0
      const near = matched ? [] : nearest(service, snapshot)
      return [
        {
          severity: 'critical',
          subject,
          summary: matched
            ? `${nameOf(subject)} has no ready pod behind it.`
            : `${nameOf(subject)} selects no pod: nothing has the labels ${labels}.`,
          evidence: [
            { source: 'spec.selector', text: labels },
            ...(matched ? [{ source: 'metric', text: `${pods.length} pods match, 0 are ready` }] : near),
          ],
          confidence: 'high',
          onlyAsConsequence: matched,
          remedies: [remedy(matched ? 'Mend the pods behind it.' : 'Correct the selector, or the labels of the pods.')],
        },
      ]
    })
  },
}

/** Labels of a pod that shares a key with the selector and differs in the value: the usual mistake. */
const nearest = (service: KubeObject, snapshot: Snapshot): Draft['evidence'] => {
  const wanted = Object.entries(objectOf(selectorOf(service)))
  const pod = snapshot
    .podsIn(service.metadata?.namespace)
    .map((it) => ({ pod: it, hits: wanted.filter(([key]) => it.labels[key] !== undefined).length }))
    .toSorted((a, b) => b.hits - a.hits)
    .find(({ hits }) => hits > 0)?.pod
  if (pod === undefined) return []
  const text = wanted.map(([key]) => `${key}=${pod.labels[key] ?? '(absent)'}`).join(',')
  return [{ source: 'metadata.labels', text: `of ${nameOf(pod.subject)}: ${text}` }]
}

const backendMissing: Check = {
  id: 'route-backend-missing',
  explainedBy: [],
  run: (snapshot) =>
    routesOf(snapshot).flatMap((route) => {
      const subject = subjectOf(route)
      return backendsOf(route).flatMap((backend): readonly Draft[] => {
        const service = snapshot.find('services', backend.name, backend.namespace)
        if (service === undefined) {
          if (!snapshot.isMissing('services', backend.name, backend.namespace)) return []
          const missing = subjectNamed('services', backend.name, backend.namespace)
          return [
            {
              severity: 'critical',
              subject,
              summary: `${nameOf(subject)} leads to ${nameOf(missing)}, which does not exist.`,
              evidence: [{ source: backend.path, text: `Service ${backend.name}` }],
              confidence: 'high',
              remedies: [remedy('Create the Service, or correct the route’s backend.')],
            },
          ]
        }
        const ports = objectsIn(specOf(service).ports)
        const { port } = backend
        if (port === undefined || ports.some((it) => it.port === port || it.name === port)) return []
        return [
          {
            severity: 'critical',
            subject,
            summary: `${nameOf(subject)} leads to port ${port} of ${nameOf(subjectOf(service))}, which has no such port.`,
            evidence: [
              { source: backend.path, text: `port ${port}` },
              {
                source: `Service ${backend.name} spec.ports`,
                text: ports.map((it) => `${String(it.name ?? '')} ${String(it.port)}`.trim()).join(', '),
              },
            ],
            confidence: 'high',
            remedies: [remedy('Correct the port of the route’s backend, or of the Service.')],
          },
        ]
      })
    }),
}

/** Every backend of the route is a Service without an endpoint: for whoever calls, the route is down. */
const backendDown: Check = {
  id: 'route-unavailable',
  explainedBy: 'any',
  run(snapshot) {
    const down = new Set(noEndpoints.run(snapshot).map(({ subject }) => nameOf(subject)))
    return routesOf(snapshot).flatMap((route): readonly Draft[] => {
      const dead = backendsOf(route).filter(({ name, namespace }) =>
        down.has(nameOf(subjectNamed('services', name, namespace))),
      )
      if (dead.length === 0) return []
      const subject = subjectOf(route)
      const [first] = dead
      return [
        {
          severity: 'critical',
          subject,
          summary: `${nameOf(subject)} answers with errors: ${dead.length === 1 ? `Service ${first?.name ?? ''} behind it has` : `${dead.length} Services behind it have`} no endpoint.`,
          evidence: dead.map(({ path, name }) => ({ source: path, text: `Service ${name}` })),
          confidence: 'high',
          onlyAsConsequence: true,
          remedies: [remedy('Mend what is behind the Service.')],
        },
      ]
    })
  },
}

export const reachability: Family = { checks: [noEndpoints, backendMissing, backendDown] }
