/** Services whose ports lead nowhere, routes that lack what they name, certificates, and policies that cut a path. */
import { humanDuration } from '../../kube/ages.ts'
import { arrayOf, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { Json, KubeObject } from '../../tool.ts'
import type { Check, Draft } from '../check.ts'
import { wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { workloadOf } from '../graph.ts'
import { backendsOf, tlsSecretsOf } from '../ingress.ts'
import { lastError } from '../log.ts'
import type { Pod } from '../pods.ts'
import { type Labels, matches, matchesPlain } from '../selector.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectNamed, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import {
  conditionEvidence,
  conditionOf,
  eventEvidence,
  objectsIn,
  remedy,
  since,
  specOf,
  statusOf,
  who,
} from '../words.ts'

/** A load balancer takes minutes. */
const PROVISIONING_MS: Millis = 10 * 60_000
/** Whoever renews certificates has done it by then. */
const EXPIRES_SOON_MS: Millis = 3 * 24 * 3_600_000

const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets'] as const
const templateOf = (workload: KubeObject): JsonObject => objectOf(specOf(workload).template)

/** Ports that the pods behind a Service declare. */
const portsBehind = (service: KubeObject, snapshot: Snapshot): readonly JsonObject[] =>
  WORKLOADS.flatMap((it) => snapshot.list(it))
    .filter(
      (it) =>
        it.metadata?.namespace === service.metadata?.namespace &&
        matchesPlain(specOf(service).selector, objectOf(objectOf(templateOf(it).metadata).labels)),
    )
    .flatMap((it) => {
      const { containers, initContainers } = objectOf(templateOf(it).spec)
      return [...objectsIn(containers), ...objectsIn(initContainers)].flatMap(({ ports }) => objectsIn(ports))
    })

const hasWorkload = (service: KubeObject, snapshot: Snapshot): boolean =>
  WORKLOADS.flatMap((it) => snapshot.list(it)).some(
    (it) =>
      it.metadata?.namespace === service.metadata?.namespace &&
      matchesPlain(specOf(service).selector, objectOf(objectOf(templateOf(it).metadata).labels)),
  )

const portMismatch: Check = {
  id: 'service-port-mismatch',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('services').flatMap((service): readonly Draft[] => {
      if (!hasWorkload(service, snapshot)) return []
      const declared = portsBehind(service, snapshot)
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

const routes = (snapshot: Snapshot) => (['ingresses', 'httproutes'] as const).flatMap((it) => snapshot.list(it))

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

/** Of cert-manager: what is in a Secret nobody here reads. */
const certificate: Check = {
  id: 'certificate-not-ready',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('certificates').flatMap((object): readonly Draft[] => {
      const subject = subjectOf(object)
      const ready = conditionOf(object, 'Ready')
      const left = since(statusOf(object).notAfter, snapshot.now)
      const expired = left !== undefined && left > 0
      const soon = left !== undefined && left <= 0 && -left < EXPIRES_SOON_MS
      if (!expired && !soon && ready?.status !== 'False') return []
      const names = arrayOf(specOf(object).dnsNames).map(String).join(', ')
      const secret = textOf(specOf(object).secretName)
      return [
        {
          severity: expired || ready?.status === 'False' ? 'critical' : 'warning',
          subject,
          summary: expired
            ? `The certificate of ${nameOf(subject)} for ${names} expired ${humanDuration(left)} ago.`
            : soon
              ? `The certificate of ${nameOf(subject)} for ${names} expires in ${humanDuration(-left)} and was not renewed.`
              : `${nameOf(subject)} for ${names} is not issued.`,
          evidence: [
            ...(left === undefined ? [] : [{ source: 'status.notAfter', text: String(statusOf(object).notAfter) }]),
            ...(ready === undefined ? [] : [conditionEvidence(ready, snapshot.now)]),
            ...eventEvidence(snapshot.events(subject)),
          ],
          confidence: 'high',
          remedies: [remedy('See its CertificateRequest, Order and Challenge, and whether the issuer answers.')],
          ...(secret === undefined ? {} : { affects: [subjectNamed('secrets', secret, subject.namespace)] }),
        },
      ]
    }),
}

/** A host of an Ingress that the certificate of its Secret does not have. */
const hostMismatch: Check = {
  id: 'certificate-host-mismatch',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('ingresses').flatMap((ingress) => {
      const subject = subjectOf(ingress)
      return objectsIn(specOf(ingress).tls).flatMap(({ secretName, hosts }): readonly Draft[] => {
        const issued = snapshot
          .list('certificates')
          .find((it) => it.metadata?.namespace === subject.namespace && specOf(it).secretName === secretName)
        if (issued === undefined) return []
        const names = arrayOf(specOf(issued).dnsNames).map(String)
        const missing = arrayOf(hosts)
          .map(String)
          .filter((host) => !names.some((it) => covers(it, host)))
        if (missing.length === 0) return []
        return [
          {
            severity: 'warning',
            subject,
            summary: `${nameOf(subject)} serves ${missing.join(', ')} with a certificate for other names.`,
            evidence: [
              {
                source: 'spec.tls',
                text: `Secret ${String(secretName)}, hosts ${arrayOf(hosts).map(String).join(', ')}`,
              },
              { source: `${nameOf(subjectOf(issued))} spec.dnsNames`, text: names.join(', ') },
            ],
            confidence: 'high',
            remedies: [remedy('Add the host to the certificate’s names.')],
          },
        ]
      })
    }),
}

/** RFC 6125 section 6.4.3: a wildcard stands for one label. */
const covers = (name: string, host: string): boolean =>
  name === host || (name.startsWith('*.') && host.slice(host.indexOf('.') + 1) === name.slice(2))

/** Words by which a program says that nobody answered, or that a name could not be looked up. */
const CUT =
  /i\/o timeout|connection timed out|no such host|lookup |EAI_AGAIN|ETIMEDOUT|temporary failure in name resolution|context deadline exceeded|connect timeout/i
/** Where those live who bring requests in from outside. */
const ENTRANCE = /ingress|gateway|traefik|nginx|envoy|istio|contour|haproxy|kong|cilium|proxy/i

const policiesOf = (pod: Labels, namespace: string | undefined, snapshot: Snapshot, direction: 'Ingress' | 'Egress') =>
  snapshot.list('networkpolicies').filter((it) => {
    const spec = specOf(it)
    const types = arrayOf(spec.policyTypes)
    const applies =
      types.length === 0 ? direction === 'Ingress' || spec.egress !== undefined : types.includes(direction)
    return it.metadata?.namespace === namespace && applies && matches(spec.podSelector, pod)
  })

const rulesOf = (policies: readonly KubeObject[], key: 'ingress' | 'egress') =>
  policies.flatMap((it) => objectsIn(specOf(it)[key]))

/** A rule without peers is for everybody. */
const letsAll = (rule: JsonObject, key: 'from' | 'to'): boolean => arrayOf(rule[key]).length === 0
const allowsPort = (rule: JsonObject, port: number): boolean =>
  arrayOf(rule.ports).length === 0 || objectsIn(rule.ports).some((it) => it.port === undefined || it.port === port)

/** Somebody from outside the namespace who may be the one that serves the route. */
const letsEntranceIn = (rule: JsonObject): boolean =>
  letsAll(rule, 'from') ||
  objectsIn(rule.from).some((peer) => {
    if (peer.ipBlock !== undefined) return true
    if (peer.namespaceSelector === undefined) return ENTRANCE.test(JSON.stringify(peer.podSelector ?? {}))
    const selector = JSON.stringify([peer.namespaceSelector, peer.podSelector ?? null] as Json)
    return Object.keys(objectOf(peer.namespaceSelector)).length === 0 || ENTRANCE.test(selector)
  })

const blocked = (
  pods: readonly Pod[],
  policies: readonly KubeObject[],
  summary: string,
  evidence: Draft['evidence'],
  confidence: Draft['confidence'],
  severity: Draft['severity'],
): Draft => {
  const [first] = policies
  return {
    severity,
    subject: subjectOf(first ?? {}),
    summary,
    evidence: [
      ...policies.slice(0, 3).map((it) => ({
        source: nameOf(subjectOf(it)),
        text: JSON.stringify({
          policyTypes: specOf(it).policyTypes ?? [],
          podSelector: specOf(it).podSelector ?? {},
        }),
      })),
      ...evidence,
    ],
    confidence,
    remedies: [remedy('Add a rule that allows this path; policies only ever add to each other.')],
    affects: pods.map((it) => it.subject),
  }
}

/** Pods that say in their log that they reach nobody, and whose policies do not let them out to DNS. */
const outwards = (snapshot: Snapshot): readonly Draft[] =>
  wholePods(snapshot).flatMap(({ pod, containers }) => {
    const policies = policiesOf(pod.labels, pod.subject.namespace, snapshot, 'Egress')
    if (policies.length === 0) return []
    const rules = rulesOf(policies, 'egress')
    const dns = rules.some((it) => allowsPort(it, 53))
    const told = containers.flatMap((it) => {
      const log = snapshot.log(pod.subject, it.name)
      const text = log === undefined ? undefined : lastError(log)
      return text !== undefined && CUT.test(text) ? [text] : []
    })
    if (told.length === 0 || (dns && rules.some((it) => letsAll(it, 'to')))) return []
    const subjects = snapshot.alike(pod)
    return [
      blocked(
        subjects,
        policies,
        `${nameOf(subjectOf(policies[0] ?? {}))} ${rules.length === 0 ? 'lets no request out' : dns ? 'lets only some requests out' : 'lets no DNS query out'} of ${who(
          subjects.map((it) => it.subject),
          workloadOf(pod),
        )}, which reaches nobody.`,
        told.slice(0, 1).map((text) => ({ source: 'log', text })),
        dns ? 'medium' : 'high',
        'critical',
      ),
    ]
  })

/** Pods behind a route that nobody from outside may reach. */
const inwards = (snapshot: Snapshot): readonly Draft[] => {
  const seen = new Set<string>()
  return routes(snapshot)
    .flatMap((route) =>
      backendsOf(route).flatMap(({ name, namespace }): readonly KubeObject[] => {
        const service = snapshot.find('services', name, namespace)
        return service === undefined ? [] : [service]
      }),
    )
    .flatMap((service): readonly Draft[] => {
      const namespace = service.metadata?.namespace
      const pods = snapshot.pods.filter(
        (it) => it.subject.namespace === namespace && matchesPlain(specOf(service).selector, it.labels),
      )
      const [pod] = pods
      if (pod === undefined) return []
      const policies = policiesOf(pod.labels, namespace, snapshot, 'Ingress')
      if (policies.length === 0 || rulesOf(policies, 'ingress').some(letsEntranceIn)) return []
      const key = nameOf(subjectOf(service))
      if (seen.has(key)) return []
      seen.add(key)
      return [
        {
          ...blocked(
            [],
            policies,
            `${nameOf(subjectOf(policies[0] ?? {}))} lets in none who could bring requests from outside to ${key}, to which a route leads.`,
            [
              {
                source: 'spec.ingress',
                text: JSON.stringify(rulesOf(policies, 'ingress').map((it) => it.from ?? 'all')),
              },
            ],
            'medium',
            'warning',
          ),
          affects: [subjectOf(service)],
        },
      ]
    })
}

const policyBlocks: Check = {
  id: 'network-policy-blocks',
  explainedBy: [],
  run: (snapshot) => [...outwards(snapshot), ...inwards(snapshot)],
}

/** What routes name, once; policies where a log or a route asks for them, else in case. */
const wants = (snapshot: Snapshot): readonly Want[] => {
  const ingresses = snapshot.list('ingresses')
  const cut = wholePods(snapshot).some(({ pod, containers }) =>
    containers.some((it) => CUT.test(snapshot.log(pod.subject, it.name) ?? '')),
  )
  return [
    ...(ingresses.some((it) => specOf(it).ingressClassName !== undefined)
      ? [{ what: 'list', resource: 'ingressclasses' } as const]
      : []),
    ...(ingresses.some((it) => tlsSecretsOf(it).length > 0)
      ? [{ what: 'names', resource: 'secrets' } as const, { what: 'list', resource: 'certificates' } as const]
      : []),
    { what: 'list', resource: 'networkpolicies', deep: !cut && routes(snapshot).length === 0 },
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
  checks: [
    portMismatch,
    balancerPending,
    classMissing,
    parentMissing,
    tlsMissing,
    certificate,
    hostMismatch,
    policyBlocks,
  ],
  wants,
}
