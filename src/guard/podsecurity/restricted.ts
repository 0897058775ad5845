/**
 * Restricted: current practice of hardening, shown to the approver and never a refusal. Where something must be said and
 * is not, the value is null. A Windows pod (`spec.os.name`) is asked for nothing that Windows has not.
 */
import { arrayOf } from '../../kube/json.ts'
import { looseProfile, unmaskedProc } from './kernel.ts'
import { type Check, type Found, inner, isSet, items, type PodUnderCheck, unless } from './words.ts'

const VOLUMES: readonly string[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const volumes = (pod: PodUnderCheck): readonly Found[] =>
  pod.volumes.flatMap(({ field, value }) => {
    if (VOLUMES.some((type) => isSet(value[type]))) return []
    const type = Object.keys(value).find((key) => key !== 'name' && isSet(value[key]))
    return [{ field: type === undefined ? field : `${field}.${type}`, value: type ?? null }]
  })

const escalation = ({ containers, isWindows }: PodUnderCheck): readonly Found[] =>
  isWindows
    ? []
    : containers.flatMap(({ security: { field, value } }) => {
        const said = value.allowPrivilegeEscalation
        return said === false ? [] : [{ field: `${field}.allowPrivilegeEscalation`, value: said ?? null }]
      })

const nonRoot = ({ security, containers, ownUsers }: PodUnderCheck): readonly Found[] => {
  if (ownUsers) return []
  const all = security.value.runAsNonRoot === true
  return [
    ...unless(security, 'runAsNonRoot', true),
    ...containers.flatMap(({ security: { field, value } }) => {
      const said = value.runAsNonRoot ?? (all ? true : null)
      return said === true ? [] : [{ field: `${field}.runAsNonRoot`, value: said }]
    }),
  ]
}

const root = ({ security, containers, ownUsers }: PodUnderCheck): readonly Found[] =>
  ownUsers
    ? []
    : [security, ...containers.map((it) => it.security)]
        .filter(({ value }) => value.runAsUser === 0)
        .map(({ field }) => ({ field: `${field}.runAsUser`, value: 0 }))

const seccomp = ({ security, containers, isWindows }: PodUnderCheck): readonly Found[] => {
  if (isWindows) return []
  const key = 'seccompProfile'
  const ofPod = looseProfile(security, key)
  const covered = isSet(security.value[key]) && ofPod.length === 0
  return [
    ...ofPod,
    ...containers.flatMap((container) =>
      isSet(container.security.value[key]) || covered
        ? looseProfile(container.security, key)
        : [{ field: `${container.security.field}.${key}.type`, value: null }],
    ),
  ]
}

const capabilities = ({ containers, isWindows }: PodUnderCheck): readonly Found[] =>
  isWindows
    ? []
    : containers
        .map(({ security }) => inner(security, 'capabilities'))
        .flatMap((it) => [
          ...(arrayOf(it.value.drop).includes('ALL')
            ? []
            : [{ field: `${it.field}.drop`, value: it.value.drop ?? null }]),
          ...items(it, 'add', (item) => item === 'NET_BIND_SERVICE'),
        ])

export const RESTRICTED_CHECKS: readonly Check[] = [
  { id: 'procMount_restricted', level: 'restricted', find: unmaskedProc },
  { id: 'restrictedVolumes', level: 'restricted', find: volumes },
  { id: 'allowPrivilegeEscalation', level: 'restricted', find: escalation },
  { id: 'runAsNonRoot', level: 'restricted', find: nonRoot },
  { id: 'runAsUser', level: 'restricted', find: root },
  { id: 'seccompProfile_restricted', level: 'restricted', find: seccomp },
  { id: 'capabilities_restricted', level: 'restricted', find: capabilities },
]
