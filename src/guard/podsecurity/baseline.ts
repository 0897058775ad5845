/** Pod Security, level baseline: what lets a pod reach for its node. */
import { objectOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'
import { containersOf, type PodTemplate } from '../pod-templates.ts'
import { containerFields, everywhere, except, type Found, listAt, type PodCheck, podField, under } from './check.ts'

const CAPABILITIES: ReadonlySet<Json> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

const SYSCTLS: ReadonlySet<Json> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
])

const SELINUX_TYPES: readonly Json[] = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/'

const isSet = (found: Found | undefined): found is Found => found !== undefined && found.value !== false
const HOST_NAMESPACES = ['hostNetwork', 'hostPID', 'hostIPC'] as const

const hostPorts = (template: PodTemplate): readonly Found[] =>
  containersOf(template).flatMap(({ path, container }) =>
    listAt(container, 'ports').flatMap(({ hostPort, containerPort }) =>
      hostPort === undefined || hostPort === null || hostPort === 0
        ? []
        : [{ field: `${path}.ports[${String(containerPort)}].hostPort`, value: hostPort }],
    ),
  )

const hostPaths = ({ path, spec }: PodTemplate): readonly Found[] =>
  listAt(spec, 'volumes').flatMap(({ name, hostPath }) =>
    hostPath === undefined || hostPath === null
      ? []
      : [{ field: under(path, `spec.volumes[${String(name)}].hostPath`), value: hostPath }],
  )

/** Handlers that name a host: the kubelet would ask there in the container's place (KEP-4559). */
const HANDLERS = [
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle.postStart',
  'lifecycle.preStop',
] as const
const hostHandlers = (template: PodTemplate): readonly Found[] =>
  HANDLERS.flatMap((handler) =>
    ['httpGet.host', 'tcpSocket.host'].flatMap((field) => containerFields(template, `${handler}.${field}`)),
  ).filter(except(''))

const capabilities = (template: PodTemplate): readonly Found[] =>
  containerFields(template, 'securityContext.capabilities.add').flatMap(({ field, value }) =>
    (Array.isArray(value) ? value : []).filter((it) => !CAPABILITIES.has(it)).map((it) => ({ field, value: it })),
  )

const sysctls = ({ path, spec }: PodTemplate): readonly Found[] =>
  listAt(objectOf(spec.securityContext), 'sysctls')
    .filter(({ name }) => !SYSCTLS.has(name ?? ''))
    .map(({ name }) => ({ field: under(path, 'spec.securityContext.sysctls'), value: name ?? null }))

const apparmorAnnotations = ({ path, metadata }: PodTemplate): readonly Found[] =>
  Object.entries(objectOf(metadata.annotations))
    .filter(([key]) => key.startsWith(APPARMOR))
    .filter(([, value]) => value !== 'runtime/default' && !String(value).startsWith('localhost/') && value !== '')
    .map(([key, value]) => ({ field: under(path, `metadata.annotations[${key}]`), value }))

const seLinux = (template: PodTemplate): readonly Found[] => [
  ...everywhere(template, 'securityContext.seLinuxOptions.type').filter(except(...SELINUX_TYPES)),
  ...['user', 'role'].flatMap((field) =>
    everywhere(template, `securityContext.seLinuxOptions.${field}`).filter(except('')),
  ),
]

/** User namespaces make an unmasked /proc the container's own (KEP-4265). */
const procMounts = (template: PodTemplate): readonly Found[] =>
  template.spec.hostUsers === false
    ? []
    : containerFields(template, 'securityContext.procMount').filter(except('Default'))

export const BASELINE: readonly PodCheck[] = [
  {
    check: 'windowsHostProcess',
    find: (template) => everywhere(template, 'securityContext.windowsOptions.hostProcess').filter(isSet),
  },
  {
    check: 'hostNamespaces',
    find: (template) => HOST_NAMESPACES.map((field) => podField(template, field)).filter(isSet),
  },
  {
    check: 'privileged',
    find: (template) => containerFields(template, 'securityContext.privileged').filter(isSet),
  },
  { check: 'capabilities_baseline', find: capabilities },
  { check: 'hostPathVolumes', find: hostPaths },
  { check: 'hostPorts', find: hostPorts },
  { check: 'hostProbesAndHostLifecycle', find: hostHandlers },
  {
    check: 'appArmorProfile',
    find: (template) => [
      ...everywhere(template, 'securityContext.appArmorProfile.type').filter(except('RuntimeDefault', 'Localhost')),
      ...apparmorAnnotations(template),
    ],
  },
  { check: 'seLinuxOptions', find: seLinux },
  { check: 'procMount', find: procMounts },
  {
    check: 'seccompProfile_baseline',
    find: (template) =>
      everywhere(template, 'securityContext.seccompProfile.type').filter(except('RuntimeDefault', 'Localhost')),
  },
  { check: 'sysctls', find: sysctls },
]
