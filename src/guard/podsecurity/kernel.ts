/** Baseline: what a container may ask of the kernel that it shares with its node. */
import { objectOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'
import {
  type Check,
  type Found,
  inner,
  isSet,
  items,
  type Part,
  type PodUnderCheck,
  securities,
  unless,
} from './words.ts'

/** Case counts, and so does a `CAP_` in front. */
const CAPABILITIES: readonly Json[] = [
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
]

const SYSCTLS: readonly Json[] = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]

const PROFILES = ['RuntimeDefault', 'Localhost'] as const
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/'
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'] as const

/** A profile that is there must name one that confines; without a type it names none. */
export const looseProfile = (security: Part, key: string): readonly Found[] => {
  if (!isSet(security.value[key])) return []
  const profile = inner(security, key)
  return isSet(profile.value.type)
    ? unless(profile, 'type', ...PROFILES)
    : [{ field: `${profile.field}.type`, value: null }]
}

const isConfining = (annotation: Json): boolean =>
  annotation === '' ||
  annotation === 'runtime/default' ||
  (typeof annotation === 'string' && annotation.startsWith('localhost/'))

const appArmorAnnotations = ({ metadata: { field, value } }: PodUnderCheck): readonly Found[] =>
  Object.entries(objectOf(value.annotations))
    .filter(([key, annotation]) => key.startsWith(APPARMOR_ANNOTATION) && !isConfining(annotation))
    .map(([key, annotation]) => ({ field: `${field}.annotations[${key}]`, value: annotation }))

/** `Default`, whoever the pod's users are: what *restricted* asks for. */
export const unmaskedProc = ({ containers }: PodUnderCheck): readonly Found[] =>
  containers.flatMap(({ security }) => unless(security, 'procMount', 'Default'))

export const KERNEL_CHECKS: readonly Check[] = [
  {
    id: 'privileged',
    level: 'baseline',
    find: ({ containers }) => containers.flatMap(({ security }) => unless(security, 'privileged', false)),
  },
  {
    id: 'capabilities_baseline',
    level: 'baseline',
    find: ({ containers }) =>
      containers.flatMap(({ security }) =>
        items(inner(security, 'capabilities'), 'add', (item) => CAPABILITIES.includes(item)),
      ),
  },
  {
    id: 'appArmorProfile',
    level: 'baseline',
    find: (pod) => [
      ...securities(pod).flatMap((it) => looseProfile(it, 'appArmorProfile')),
      ...appArmorAnnotations(pod),
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    find: (pod) =>
      securities(pod)
        .map((it) => inner(it, 'seLinuxOptions'))
        .flatMap((options) => [
          ...unless(options, 'type', ...SELINUX_TYPES),
          ...unless(options, 'user', ''),
          ...unless(options, 'role', ''),
        ]),
  },
  {
    id: 'procMount',
    level: 'baseline',
    // Since 1.35 a pod with users of its own may see all of /proc.
    find: (pod) => (pod.ownUsers ? [] : unmaskedProc(pod)),
  },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    find: (pod) => securities(pod).flatMap((it) => looseProfile(it, 'seccompProfile')),
  },
  {
    id: 'sysctls',
    level: 'baseline',
    find: ({ security }) =>
      items(security, 'sysctls', (item) => SYSCTLS.includes(objectOf(item).name ?? null)).map(({ field, value }) => ({
        field,
        value: objectOf(value).name ?? null,
      })),
  },
]
