/** Pod Security, level restricted: what current practice asks of a pod beyond baseline. Shown, never refused. */
import { isObject, objectOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'
import { containersOf, type PodTemplate } from '../pod-templates.ts'
import { containerFields, everywhere, except, type Found, isWindows, listAt, type PodCheck, under } from './check.ts'

const VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
])
const PROFILES: ReadonlySet<Json> = new Set(['RuntimeDefault', 'Localhost'])

const volumeTypes = ({ path, spec }: PodTemplate): readonly Found[] =>
  listAt(spec, 'volumes').flatMap(({ name, ...sources }) =>
    Object.entries(sources)
      .filter(([source, value]) => value !== null && !VOLUMES.has(source))
      .map(([source]) => ({ field: under(path, `spec.volumes[${String(name)}]`), value: source })),
  )

/** Of each container that does not say what it must, where the pod does not say it for all. */
const missing = (
  template: PodTemplate,
  field: string,
  isGood: (value: Json | undefined) => boolean,
): readonly Found[] => {
  const [outer, ...inner] = field.split('.')
  const read = (context: Json | undefined): Json | undefined =>
    inner.reduce<Json | undefined>((it, step) => (isObject(it) ? it[step] : undefined), objectOf(context)[outer ?? ''])
  const pod = read(template.spec.securityContext)
  return containersOf(template).flatMap(({ path, container }) => {
    const own = read(container.securityContext)
    return isGood(own ?? pod) ? [] : [{ field: `${path}.securityContext.${field}`, value: own ?? pod ?? null }]
  })
}

const capabilities = (template: PodTemplate): readonly Found[] =>
  containersOf(template).flatMap(({ path, container }) => {
    const { drop, add } = objectOf(objectOf(container.securityContext).capabilities)
    const field = `${path}.securityContext.capabilities`
    const dropped = Array.isArray(drop) && drop.includes('ALL')
    const added = (Array.isArray(add) ? add : []).filter((it) => it !== 'NET_BIND_SERVICE')
    return [
      ...(dropped ? [] : [{ field: `${field}.drop`, value: drop ?? null }]),
      ...added.map((value) => ({ field: `${field}.add`, value })),
    ]
  })

const linuxOnly =
  (find: PodCheck['find']): PodCheck['find'] =>
  (template) =>
    isWindows(template) ? [] : find(template)

/** With a user namespace of its own, root in the pod is nobody on the node (KEP-127). */
const withoutUserNamespace =
  (find: PodCheck['find']): PodCheck['find'] =>
  (template) =>
    template.spec.hostUsers === false ? [] : find(template)

export const RESTRICTED: readonly PodCheck[] = [
  {
    check: 'procMount_restricted',
    find: (template) => containerFields(template, 'securityContext.procMount').filter(except('Default')),
  },
  { check: 'restrictedVolumes', find: volumeTypes },
  {
    check: 'allowPrivilegeEscalation',
    find: linuxOnly((template) =>
      containersOf(template).flatMap(({ path, container }) => {
        const value = objectOf(container.securityContext).allowPrivilegeEscalation
        return value === false
          ? []
          : [{ field: `${path}.securityContext.allowPrivilegeEscalation`, value: value ?? null }]
      }),
    ),
  },
  {
    check: 'runAsNonRoot',
    find: withoutUserNamespace((template) => missing(template, 'runAsNonRoot', (value) => value === true)),
  },
  {
    check: 'runAsUser',
    find: withoutUserNamespace((template) =>
      everywhere(template, 'securityContext.runAsUser').filter(({ value }) => value === 0),
    ),
  },
  {
    check: 'seccompProfile_restricted',
    find: linuxOnly((template) =>
      missing(template, 'seccompProfile.type', (value) => value !== undefined && PROFILES.has(value)),
    ),
  },
  { check: 'capabilities_restricted', find: linuxOnly(capabilities) },
]
