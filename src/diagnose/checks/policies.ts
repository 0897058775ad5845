/** Network policies that cut a needed path: out of a pod that says so in its log, or in to what a route leads to. */
import { arrayOf, type JsonObject, objectOf } from '../../kube/json.ts'
import type { Json, KubeObject } from '../../tool.ts'
import { podsBehind, routesOf } from '../behind.ts'
import type { Check, Draft } from '../check.ts'
import { wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { workloadOf } from '../graph.ts'
import { backendsOf } from '../ingress.ts'
import { errorIn } from '../log.ts'
import type { Pod } from '../pods.ts'
import { type Labels, matches } from '../selector.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import { objectsIn, remedy, specOf, who } from '../words.ts'

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
      const text = errorIn(snapshot, pod.subject, it.name)
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
  return routesOf(snapshot)
    .flatMap((route) =>
      backendsOf(route).flatMap(({ name, namespace }): readonly KubeObject[] => {
        const service = snapshot.find('services', name, namespace)
        return service === undefined ? [] : [service]
      }),
    )
    .flatMap((service): readonly Draft[] => {
      const namespace = service.metadata?.namespace
      const [pod] = podsBehind(service, snapshot)
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

const wants = (snapshot: Snapshot): readonly Want[] => {
  const cut = wholePods(snapshot).some(({ pod, containers }) =>
    containers.some((it) => CUT.test(snapshot.log(pod.subject, it.name) ?? '')),
  )
  return [{ what: 'list', resource: 'networkpolicies', deep: !cut && routesOf(snapshot).length === 0 }]
}

export const policies: Family = { checks: [policyBlocks], wants }
