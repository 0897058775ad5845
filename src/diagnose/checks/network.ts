/** Services whose ports lead nowhere, and routes that lack what they name. */
import { humanDuration } from '../../kube/ages.ts'
import { arrayOf, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { KubeObject } from '../../tool.ts'
import { workloadsBehind } from '../behind.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import { tlsSecretsOf } from '../ingress.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectNamed, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import { eventEvidence, objectsIn, remedy, since, specOf, statusOf } from '../words.ts'

/** A load balancer takes minutes. */
const PROVISIONING_MS: Millis = 10 * 60_000

/** Ports that the containers of a workload's template declare. */
const portsOf = (workload: KubeObject): readonly JsonObject[] => {
  const { containers, initContainers } = objectOf(objectOf(specOf(workload).template).spec)
  return [...objectsIn(containers), ...objectsIn(initContainers)].flatMap(({ ports }) => objectsIn(ports))
}

const portMismatch: Check = {
  id: 'service-port-mismatch',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('services').flatMap((service): readonly Draft[] => {
      const workloads = workloadsBehind(service, snapshot)
      if (workloads.length === 0) return []
      const declared = workloads.flatMap(portsOf)
      const wrong = objectsIn(specOf(service).ports).filter(({ port, targetPort }) => {
        const target = targetPort ?? port
        if (typeof target === 'string') return !declared.some((it) => it.name === target)
        // A port need not be declared; where some are, another one is usually a mistake.
        return declared.length > 0 && !declared.some((it) => it.containerPort === target)
      })
      const [first] = wrong
      if (first === undefined) return []
      const subject = subjectOf(service)
      const target = first.targetPort ?? first.port
      const ports = declared.map((it) => `${textOf(it.name) ?? ''} ${String(it.containerPort)}`.trim()).join(', ')
      const named = typeof target === 'string'
      return [
        {
          severity: named ? 'critical' : 'warning',
          subject,
          summary: `${nameOf(subject)} sends to port ${String(target)}, which no container behind it ${named ? 'names' : 'declares'}.`,
          evidence: [
            { source: 'spec.ports', text: `${String(first.port)} → ${String(target)}` },
            { source: 'containers’ ports', text: ports === '' ? 'none' : ports },
          ],
          confidence: named ? 'high' : 'medium',
          remedies: [remedy('Correct the Service’s targetPort, or the container’s port.')],
        },
      ]
    }),
}

const balancerPending: Check = {
  id: 'service-load-balancer-pending',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('services').flatMap((service): readonly Draft[] => {
      if (specOf(service).type !== 'LoadBalancer') return []
      if (arrayOf(objectOf(statusOf(service).loadBalancer).ingress).length > 0) return []
      const subject = subjectOf(service)
      const events = snapshot.events(subject)
      const age = since(service.metadata?.creationTimestamp, snapshot.now) ?? 0
      if (events.length === 0 && age < PROVISIONING_MS) return []
      return [
        {
          severity: 'warning',
          subject,
          summary: `${nameOf(subject)} has no load balancer ${age < PROVISIONING_MS ? 'yet, and making one fails' : `after ${humanDuration(age)}`}.`,
          evidence: [{ source: 'status.loadBalancer', text: 'empty' }, ...eventEvidence(events)],
          confidence: events.length > 0 ? 'high' : 'medium',
          remedies: [
            remedy(
              'See what the cloud’s controller says; where there is none, use another type of Service or install one.',
            ),
          ],
        },
      ]
    }),
}

const classMissing: Check = {
  id: 'route-class-missing',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('ingresses').flatMap((ingress): readonly Draft[] => {
      const name = textOf(specOf(ingress).ingressClassName)
      if (name === undefined || !snapshot.isMissing('ingressclasses', name)) return []
      const subject = subjectOf(ingress)
      const classes = snapshot.list('ingressclasses').map((it) => it.metadata?.name ?? '')
      return [
        {
          severity: 'critical',
          subject,
          summary: `${nameOf(subject)} is of class ${name}, which does not exist, so no controller serves it.`,
          evidence: [
            { source: 'spec.ingressClassName', text: name },
            ...(classes.length === 0 ? [] : [{ source: 'IngressClass', text: classes.join(', ') }]),
          ],
          confidence: 'high',
          remedies: [remedy('Name a class that exists, or install the controller.')],
        },
      ]
    }),
}

const parentMissing: Check = {
  id: 'route-parent-missing',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('httproutes').flatMap((route) => {
      const subject = subjectOf(route)
      return objectsIn(specOf(route).parentRefs).flatMap((parent, index): readonly Draft[] => {
        const [name, namespace] = [textOf(parent.name) ?? '', textOf(parent.namespace) ?? subject.namespace]
        if (
          (parent.kind !== undefined && parent.kind !== 'Gateway') ||
          !snapshot.isMissing('gateways', name, namespace)
        )
          return []
        return [
          {
            severity: 'critical',
            subject,
            summary: `${nameOf(subject)} hangs on ${nameOf(subjectNamed('gateways', name, namespace))}, which does not exist.`,
            evidence: [{ source: `spec.parentRefs[${index}]`, text: `Gateway ${name}` }],
            confidence: 'high',
            remedies: [remedy('Create the Gateway, or correct the route’s parent.')],
          },
        ]
      })
    }),
}

const tlsMissing: Check = {
  id: 'route-tls-missing',
  explainedBy: ['certificate-not-ready'],
  run: (snapshot) =>
    snapshot.list('ingresses').flatMap((ingress) => {
      const subject = subjectOf(ingress)
      return tlsSecretsOf(ingress).flatMap((name): readonly Draft[] => {
        if (!snapshot.isMissing('secrets', name, subject.namespace)) return []
        return [
          {
            severity: 'critical',
            subject,
            summary: `${nameOf(subject)} takes its certificate from Secret ${name}, which does not exist.`,
            evidence: [{ source: 'spec.tls', text: `Secret ${name}` }],
            confidence: 'high',
            remedies: [remedy('Create the Secret, or see why whoever issues certificates has not.')],
          },
        ]
      })
    }),
}

/** What routes name, once. */
const wants = (snapshot: Snapshot): readonly Want[] => {
  const ingresses = snapshot.list('ingresses')
  return [
    ...(ingresses.some((it) => specOf(it).ingressClassName !== undefined)
      ? [{ what: 'list', resource: 'ingressclasses' } as const]
      : []),
    ...(ingresses.some((it) => tlsSecretsOf(it).length > 0)
      ? [{ what: 'names', resource: 'secrets' } as const, { what: 'list', resource: 'certificates' } as const]
      : []),
    { what: 'list', resource: 'httproutes', deep: true },
    ...snapshot.list('httproutes').flatMap((route) =>
      objectsIn(specOf(route).parentRefs).flatMap((it): readonly Want[] => {
        const [name, namespace] = [textOf(it.name), textOf(it.namespace) ?? route.metadata?.namespace]
        return name === undefined || namespace === undefined
          ? []
          : [{ what: 'get', resource: 'gateways', name, namespace }]
      }),
    ),
  ]
}

export const network: Family = {
  checks: [portMismatch, balancerPending, classMissing, parentMissing, tlsMissing],
  wants,
}
