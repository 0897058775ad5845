/** What pods need by name and does not exist: ConfigMaps, Secrets, keys in them, ServiceAccounts. */
import type { Subject } from '../../report.ts'
import type { Check, Draft } from '../check.ts'
import { containersOf, severityOf, together, wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { KINDS } from '../kinds.ts'
import type { Pod } from '../pods.ts'
import { type Reference, referencesOf } from '../references.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectNamed } from '../subject.ts'
import type { Want } from '../want.ts'
import { eventEvidence, remedy, said } from '../words.ts'

/** Objects fetched one by one. */
const MAX_GETS = 4
const CHECKED = ['configmaps', 'secrets', 'serviceaccounts'] as const

/** A pod that has not started: what it waits for may be missing. */
const isStarting = (pod: Pod): boolean =>
  pod.object !== undefined &&
  !pod.ready &&
  containersOf(pod.object).some(
    ({ waiting, running, terminated }) =>
      running === undefined && terminated === undefined && waiting?.reason !== 'CrashLoopBackOff',
  )

const starting = (snapshot: Snapshot) => wholePods(snapshot).filter(({ pod }) => isStarting(pod))

const needed = (snapshot: Snapshot): readonly { pod: Pod; reference: Reference }[] =>
  starting(snapshot).flatMap(({ pod, object }) =>
    referencesOf(object)
      .filter(({ resource, optional }) => !optional && CHECKED.some((it) => it === resource))
      .map((reference) => ({ pod, reference })),
  )

/** `configmap "settings" not found`, as the kubelet says it of what nobody here may look at. */
const saysMissing = (pod: Pod, { resource, name }: Reference, snapshot: Snapshot): boolean => {
  const words = `${KINDS[resource].kind.toLowerCase()} "${name}" not found`
  const waiting = pod.object === undefined ? [] : containersOf(pod.object).map((it) => said(it.waiting?.message))
  return [...waiting, ...snapshot.events(pod.subject).map((it) => it.message)].some((it) => it.includes(words))
}

/** `pod-name` needs `reference`, which is not there. Grouped by what is missing. */
const missing: Check = {
  id: 'config-missing',
  explainedBy: [],
  run(snapshot) {
    const found = new Map<string, { subject: Subject; reference: Reference; pods: Pod[] }>()
    for (const { pod, reference } of needed(snapshot)) {
      const { resource, name } = reference
      if (!snapshot.isMissing(resource, name, pod.subject.namespace) && !saysMissing(pod, reference, snapshot)) continue
      const subject = subjectNamed(resource, name, pod.subject.namespace)
      const known = found.get(nameOf(subject))
      if (known === undefined) found.set(nameOf(subject), { subject, reference, pods: [pod] })
      else known.pods.push(pod)
    }
    return [...found.values()].map(({ subject, reference, pods }): Draft => {
      const all = [...new Set(pods.flatMap((pod) => snapshot.alike(pod)))].map((it) => it.subject)
      const [first] = pods
      return {
        severity: first === undefined ? 'warning' : severityOf(first, snapshot),
        subject,
        summary: `${nameOf(subject)} does not exist, and ${all.length === 1 ? 'a pod needs it' : `${all.length} pods need it`} to start.`,
        evidence: [
          {
            source: reference.path,
            text: `of ${first === undefined ? '' : nameOf(first.subject)}: ${KINDS[reference.resource].kind} ${reference.name}`,
          },
          ...pods
            .slice(0, 1)
            .flatMap((pod) =>
              eventEvidence(snapshot.events(pod.subject).filter((it) => it.message.includes(reference.name))),
            ),
        ],
        confidence: 'high',
        remedies: [
          remedy(
            `Create the ${subject.kind}, or correct the name in the pod template; pods that wait start by themselves then.`,
          ),
        ],
        affects: all,
      }
    })
  },
}

/** `couldn't find key LEVEL in ConfigMap shop/settings` (pkg/kubelet/kubelet_pods.go). */
const KEY = /couldn't find key (\S+) in (ConfigMap|Secret) (?:([a-z0-9.-]+)\/)?([a-z0-9.-]+)/
/** `references non-existent config key: LEVEL`, of a volume: the object stands in the pod. */
const VOLUME_KEY = /references non-existent (config|secret) key: (\S+)/

const keyMissing: Check = {
  id: 'config-key-missing',
  explainedBy: [],
  run: (snapshot) =>
    starting(snapshot).flatMap(({ pod, object, containers }) => {
      const { namespace } = pod.subject
      const words = [
        ...containers.flatMap(({ waiting, path }) => [
          { source: `${path}.state.waiting.message`, text: said(waiting?.message) },
        ]),
        ...snapshot.events(pod.subject).map((it) => ({ source: 'event', text: it.message })),
      ]
      for (const { source, text } of words) {
        const [, key, kind, , name] = KEY.exec(text) ?? []
        const [, volumeKind, volumeKey] = VOLUME_KEY.exec(text) ?? []
        const resource = kind === 'Secret' || volumeKind === 'secret' ? 'secrets' : 'configmaps'
        const holder =
          name ??
          (volumeKey === undefined
            ? undefined
            : referencesOf(object).find((it) => it.resource === resource && it.path.startsWith('spec.volumes'))?.name)
        const wanted = key ?? volumeKey
        if (holder === undefined || wanted === undefined) continue
        const subject = subjectNamed(resource, holder, namespace)
        const { subjects: pods } = together(pod, snapshot)
        return [
          {
            severity: severityOf(pod, snapshot),
            subject,
            summary: `${nameOf(subject)} has no key ${wanted}, which ${pods.length === 1 ? 'a pod needs' : `${pods.length} pods need`} to start.`,
            evidence: [{ source, text }],
            confidence: 'high',
            remedies: [remedy(`Add the key to the ${subject.kind}, or correct its name in the pod template.`)],
            affects: pods,
          } satisfies Draft,
        ]
      }
      return []
    }),
}

const wants = (snapshot: Snapshot): readonly Want[] => {
  const references = needed(snapshot)
  const named = (resource: 'configmaps' | 'serviceaccounts') => [
    ...new Map(
      references
        .filter(({ reference }) => reference.resource === resource)
        // Every pod has one of its own that the API server itself looked for.
        .filter(({ reference }) => resource !== 'serviceaccounts' || reference.name !== 'default')
        .map(({ pod, reference: { name } }) => [
          `${pod.subject.namespace ?? ''}/${name}`,
          { name, namespace: pod.subject.namespace },
        ]),
    ).values(),
  ]
  const gets = (['configmaps'] as const).flatMap((resource): readonly Want[] => {
    const objects = named(resource)
    return objects.length > MAX_GETS
      ? [{ what: 'names', resource }]
      : objects.map(
          ({ name, namespace }): Want => ({
            what: 'get',
            resource,
            name,
            ...(namespace === undefined ? {} : { namespace }),
          }),
        )
  })
  const secrets = references.some(({ reference }) => reference.resource === 'secrets')
  return [...gets, ...(secrets ? [{ what: 'names', resource: 'secrets' } as const] : [])]
}

export const podConfig: Family = { checks: [missing, keyMissing], wants }
