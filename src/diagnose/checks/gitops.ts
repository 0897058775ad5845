/** Who else deploys: Argo CD, Argo Rollouts, Flux, Helm; where they say that they are stuck. */
import { objectOf, textOf } from '../../kube/json.ts'
import type { KubeObject } from '../../tool.ts'
import { WORKLOADS } from '../behind.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import { conditionEvidence, conditionOf, eventEvidence, proposal, remedy, said, specOf, statusOf } from '../words.ts'

const application: Check = {
  id: 'gitops-not-ready',
  explainedBy: 'any',
  run: (snapshot) =>
    snapshot.list('applications').flatMap((object): readonly Draft[] => {
      const status = statusOf(object)
      const [health, sync, operation] = [
        objectOf(status.health),
        objectOf(status.sync),
        objectOf(status.operationState),
      ]
      const failed = operation.phase === 'Failed' || operation.phase === 'Error'
      const sick = health.status === 'Degraded' || health.status === 'Missing'
      if (!failed && !sick) return []
      const subject = subjectOf(object)
      return [
        {
          severity: 'warning',
          subject,
          summary: failed
            ? `The last sync of ${nameOf(subject)} failed.`
            : `${nameOf(subject)} is ${String(health.status).toLowerCase()}.`,
          evidence: [
            { source: 'status.health', text: `${String(health.status)} ${said(health.message)}`.trim() },
            { source: 'status.sync', text: String(sync.status) },
            ...(failed
              ? [{ source: 'status.operationState', text: `${String(operation.phase)}: ${said(operation.message)}` }]
              : []),
          ],
          confidence: 'high',
          remedies: [remedy('Mend it in the source that the Application names; what is changed here is reverted.')],
        },
      ]
    }),
}

const rollout: Check = {
  id: 'rollout-degraded',
  explainedBy: 'any',
  run: (snapshot) =>
    snapshot.list('rollouts').flatMap((object): readonly Draft[] => {
      const { phase, message, abort } = statusOf(object)
      if (phase !== 'Degraded' && abort !== true) return []
      const subject = subjectOf(object)
      return [
        {
          severity: 'warning',
          subject,
          summary: `${nameOf(subject)} is ${abort === true ? 'aborted' : 'degraded'}.`,
          evidence: [
            { source: 'status', text: `${String(phase)}: ${said(message)}` },
            ...eventEvidence(snapshot.events(subject)),
          ],
          confidence: 'high',
          remedies: [remedy('See the analysis run or the pods of the new revision; then retry or go back.')],
        },
      ]
    }),
}

const flux: Check = {
  id: 'gitops-not-ready',
  explainedBy: 'any',
  run: (snapshot) =>
    (['kustomizations', 'helmreleases'] as const)
      .flatMap((it) => snapshot.list(it))
      .flatMap((object): readonly Draft[] => {
        const condition = conditionOf(object, 'Ready')
        if (condition?.status !== 'False' || specOf(object).suspend === true) return []
        const subject = subjectOf(object)
        return [
          {
            severity: 'warning',
            subject,
            summary: `${nameOf(subject)} is not applied: ${textOf(condition.reason) ?? 'not ready'}.`,
            evidence: [conditionEvidence(condition, snapshot.now), ...eventEvidence(snapshot.events(subject))],
            confidence: 'high',
            remedies: [remedy('Mend it in the source that it applies.')],
          },
        ]
      }),
}

/** Helm writes the state of a release on the label of its Secret (helm.sh/helm pkg/storage/driver). */
const PENDING = /^pending-(install|upgrade|rollback)$/
const isRelease = ({ metadata }: KubeObject): boolean =>
  metadata?.labels?.owner === 'helm' && (metadata.name ?? '').startsWith('sh.helm.release.')

/** The newest revision is one that nobody finished: every further upgrade is refused. */
const helmStuck: Check = {
  id: 'helm-release-stuck',
  explainedBy: [],
  run: (snapshot) => {
    const newest = new Map<string, { object: KubeObject; version: number }>()
    for (const object of (['secrets', 'configmaps'] as const).flatMap((it) => snapshot.list(it)).filter(isRelease)) {
      const { labels = {}, namespace = '' } = object.metadata ?? {}
      const [key, version] = [`${namespace}/${labels.name ?? ''}`, Number(labels.version)]
      if (version > (newest.get(key)?.version ?? -1)) newest.set(key, { object, version })
    }
    return [...newest.values()].flatMap(({ object, version }): readonly Draft[] => {
      const { labels = {}, namespace = '' } = object.metadata ?? {}
      const state = labels.status ?? ''
      if (!PENDING.test(state) && state !== 'failed') return []
      const release = labels.name ?? ''
      return [
        {
          severity: 'warning',
          subject: subjectOf(object),
          summary:
            state === 'failed'
              ? `The last ${version === 1 ? 'install' : 'upgrade'} of Helm release ${release} (revision ${version}) failed.`
              : `Helm release ${release} is stuck in ${state} at revision ${version}; Helm refuses to upgrade it.`,
          evidence: [{ source: 'metadata.labels', text: `status=${state}, version=${version}` }],
          confidence: 'high',
          remedies: [
            proposal(snapshot.scope, 'See its history.', 'helm_get', { name: release, namespace, part: 'history' }),
          ],
        },
      ]
    })
  },
}

/** Those of the scope, where the cluster has their kinds: no call otherwise. Releases where Helm's workloads are there. */
const wants = (snapshot: Snapshot): readonly Want[] => {
  const helm = ([...WORKLOADS, 'services'] as const)
    .flatMap((it) => snapshot.list(it))
    .some((it) => it.metadata?.labels?.['app.kubernetes.io/managed-by'] === 'Helm')
  return [
    ...(['applications', 'rollouts', 'kustomizations', 'helmreleases'] as const).map(
      (resource): Want => ({ what: 'list', resource, deep: true }),
    ),
    ...(helm ? [{ what: 'names', resource: 'secrets' } as const] : []),
  ]
}

export const gitops: Family = { checks: [application, rollout, flux, helmStuck], wants }
