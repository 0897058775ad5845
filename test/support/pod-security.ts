/**
 * Pods for Pod Security, each a little away from one that *restricted* allows: every control, allowed and forbidden, and
 * which checks it fails. The unit tests put them into every workload kind; test/cluster asks the real admission plugin.
 */
import type { Json } from '../../src/tool.ts'

type Fields = { readonly [key: string]: Json }

/** Where a change of one container is made. */
export const PLACES = ['containers', 'initContainers', 'ephemeralContainers'] as const
export type Place = (typeof PLACES)[number]

export interface PodFixture {
  readonly title: string
  readonly spec?: Fields
  readonly annotations?: Fields
  /** Of one container; made in each place in turn. */
  readonly container?: Fields
  /** Of that container's securityContext. */
  readonly security?: Fields
  /** Without the fields that an allowed container has. */
  readonly bare?: true
  /** The checks it fails, sorted; none: restricted allows it. */
  readonly fails: readonly string[]
  /** The API server's validation lets no such pod be (yet, or any more); why. */
  readonly invalid?: string
  /** Validation has no such field of an ephemeral container. */
  readonly notEphemeral?: true
}

const HARDENED: Fields = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
const ALLOWED_POD: Fields = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }
const IMAGE = 'registry.example.com/app:1'

const pod = (title: string, spec: Fields, ...fails: readonly string[]): PodFixture => ({ title, spec, fails })
const podContext = (title: string, context: Fields, ...fails: readonly string[]): PodFixture =>
  pod(title, { securityContext: { ...ALLOWED_POD, ...context } }, ...fails)
const context = (title: string, security: Fields, ...fails: readonly string[]): PodFixture => ({
  title,
  security,
  fails,
})
const volume = (type: string, source: Fields, ...fails: readonly string[]): PodFixture =>
  pod(`a ${type} volume`, { volumes: [{ name: 'v', [type]: source }] }, ...fails)
const capabilities = (title: string, names: readonly string[], ...fails: readonly string[]): PodFixture =>
  context(title, { capabilities: { drop: ['ALL'], add: names } }, ...fails)
const sysctl = (name: string, ...fails: readonly string[]): PodFixture =>
  podContext(`the sysctl ${name}`, { sysctls: [{ name, value: '1' }] }, ...fails)
const probes = (title: string, container: Fields, ...fails: readonly string[]): PodFixture => ({
  title,
  container,
  fails,
  notEphemeral: true,
})

const HOST = 'hostProbesAndHostLifecycle'
const http = (host: string): Fields => ({ httpGet: { port: 80, host } })
const tcp = (host: string): Fields => ({ tcpSocket: { port: 80, host } })
const WINDOWS: Fields = { os: { name: 'windows' }, securityContext: { runAsNonRoot: true } }
const ROOT_CONTAINER = ['runAsNonRoot'] as const
const SYSCTLS = [
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start'],
  ...['net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_local_reserved_ports'],
  ...['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl'],
  ...['net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'],
]
const CAPABILITIES = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'SETFCAP', 'SETGID', 'SETPCAP'],
  ...['SETUID', 'SYS_CHROOT'],
]
const BASELINE_CAPABILITY = 'capabilities_baseline'
const RESTRICTED_CAPABILITY = 'capabilities_restricted'

/** Volumes that restricted does not allow, each as validation wants it. */
const OTHER_VOLUMES: readonly (readonly [string, Fields])[] = [
  ['gcePersistentDisk', { pdName: 'x' }],
  ['awsElasticBlockStore', { volumeID: 'x' }],
  ['gitRepo', { repository: 'https://git.example.com/x' }],
  ['nfs', { server: 'nfs.example.com', path: '/x' }],
  ['iscsi', { targetPortal: '192.0.2.1:3260', iqn: 'iqn.2001-04.com.example:storage.disk1', lun: 0 }],
  ['glusterfs', { endpoints: 'x', path: 'y' }],
  ['rbd', { image: 'x', monitors: ['192.0.2.1'] }],
  ['flexVolume', { driver: 'example.com/driver' }],
  ['cinder', { volumeID: 'x' }],
  ['cephfs', { monitors: ['192.0.2.1'] }],
  ['flocker', { datasetName: 'x' }],
  ['fc', { targetWWNs: ['500a0982991b8dc5'], lun: 2 }],
  ['azureFile', { secretName: 'x', shareName: 'y' }],
  ['vsphereVolume', { volumePath: 'x' }],
  ['quobyte', { registry: 'r.example.com:1', volume: 'x' }],
  ['azureDisk', { diskName: 'x', diskURI: 'https://account.blob.core.windows.net/vhds/x.vhd' }],
  ['photonPersistentDisk', { pdID: 'x' }],
  ['portworxVolume', { volumeID: 'x' }],
  ['scaleIO', { gateway: 'g', system: 's', volumeName: 'x', secretRef: { name: 'y' } }],
  ['storageos', { volumeName: 'x' }],
]
const ALLOWED_VOLUMES: readonly (readonly [string, Fields])[] = [
  ['configMap', { name: 'x' }],
  ['csi', { driver: 'csi.example.com' }],
  ['downwardAPI', { items: [{ path: 'x', fieldRef: { fieldPath: 'metadata.name' } }] }],
  ['emptyDir', {}],
  [
    'ephemeral',
    {
      volumeClaimTemplate: {
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    },
  ],
  ['image', { reference: IMAGE }],
  ['persistentVolumeClaim', { claimName: 'x' }],
  ['projected', { sources: [{ configMap: { name: 'x' } }] }],
  ['secret', { secretName: 'x' }],
]

export const POD_FIXTURES: readonly PodFixture[] = [
  { title: 'a hardened pod', fails: [] },

  // windowsHostProcess: such a pod is Windows' and in the host's network, or it is none.
  pod(
    'HostProcess of the pod',
    {
      ...WINDOWS,
      hostNetwork: true,
      securityContext: { runAsNonRoot: true, windowsOptions: { hostProcess: true } },
    },
    'hostNamespaces',
    'windowsHostProcess',
  ),
  pod('HostProcess false', {
    ...WINDOWS,
    securityContext: { runAsNonRoot: true, windowsOptions: { hostProcess: false } },
  }),
  {
    title: 'HostProcess of a container',
    spec: { ...WINDOWS, hostNetwork: true },
    security: { windowsOptions: { hostProcess: true } },
    bare: true,
    fails: ['hostNamespaces', 'windowsHostProcess'],
    invalid: 'all containers of a pod are HostProcess containers, or none',
  },

  pod('hostNetwork', { hostNetwork: true }, 'hostNamespaces'),
  pod('hostPID', { hostPID: true }, 'hostNamespaces'),
  pod('hostIPC', { hostIPC: true }, 'hostNamespaces'),
  pod('no host namespace, said so', { hostNetwork: false, hostPID: false, hostIPC: false }),

  context('privileged', { privileged: true, allowPrivilegeEscalation: true }, 'allowPrivilegeEscalation', 'privileged'),
  context('privileged false', { privileged: false }),

  ...CAPABILITIES.map((name) => capabilities(`the capability ${name}`, [name], RESTRICTED_CAPABILITY)),
  capabilities('the capability NET_BIND_SERVICE', ['NET_BIND_SERVICE']),
  ...['NET_ADMIN', 'SYS_ADMIN', 'NET_RAW', 'ALL', 'CAP_CHOWN', 'chown', 'net_bind_service'].map((name) =>
    capabilities(`the capability ${name}`, ['NET_BIND_SERVICE', name], BASELINE_CAPABILITY, RESTRICTED_CAPABILITY),
  ),
  context('only some capabilities dropped', { capabilities: { drop: ['KILL'] } }, RESTRICTED_CAPABILITY),
  context('all capabilities dropped, in small letters', { capabilities: { drop: ['all'] } }, RESTRICTED_CAPABILITY),

  volume('hostPath', { path: '/etc' }, 'hostPathVolumes', 'restrictedVolumes'),
  ...OTHER_VOLUMES.map(([type, source]) => volume(type, source, 'restrictedVolumes')),
  ...ALLOWED_VOLUMES.map(([type, source]) => volume(type, source)),

  { ...probes('a host port', { ports: [{ containerPort: 80, hostPort: 8080 }] }, 'hostPorts') },
  { ...probes('a container port', { ports: [{ containerPort: 80 }] }) },

  ...['livenessProbe', 'startupProbe', 'readinessProbe'].flatMap((key) => [
    probes(`a ${key} by HTTP of another host`, { [key]: http('192.0.2.1') }, HOST),
    probes(`a ${key} by TCP of another host`, { [key]: tcp('127.0.0.1') }, HOST),
    probes(`a ${key} of the pod itself`, { [key]: http('') }),
  ]),
  ...['postStart', 'preStop'].flatMap((key) => [
    probes(`a ${key} hook by HTTP of another host`, { lifecycle: { [key]: http('192.0.2.1') } }, HOST),
    probes(`a ${key} hook by TCP of another host`, { lifecycle: { [key]: tcp('192.0.2.1') } }, HOST),
    probes(`a ${key} hook of the pod itself`, { lifecycle: { [key]: http('') } }),
  ]),

  podContext('AppArmor off for the pod', { appArmorProfile: { type: 'Unconfined' } }, 'appArmorProfile'),
  podContext('AppArmor by the runtime', { appArmorProfile: { type: 'RuntimeDefault' } }),
  context('AppArmor off', { appArmorProfile: { type: 'Unconfined' } }, 'appArmorProfile'),
  context('an AppArmor profile of the node', { appArmorProfile: { type: 'Localhost', localhostProfile: 'x' } }),
  {
    title: 'AppArmor off by annotation',
    annotations: { 'container.apparmor.security.beta.kubernetes.io/app': 'unconfined' },
    fails: ['appArmorProfile'],
  },
  ...['runtime/default', 'localhost/x'].map((value) => ({
    title: `AppArmor ${value} by annotation`,
    annotations: { 'container.apparmor.security.beta.kubernetes.io/app': value },
    fails: [],
  })),

  ...['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'].flatMap((type) => [
    podContext(`the SELinux type "${type}" for the pod`, { seLinuxOptions: { type } }),
    context(`the SELinux type "${type}"`, { seLinuxOptions: { type } }),
  ]),
  podContext('another SELinux type for the pod', { seLinuxOptions: { type: 'spc_t' } }, 'seLinuxOptions'),
  context('another SELinux type', { seLinuxOptions: { type: 'spc_t' } }, 'seLinuxOptions'),
  context('an SELinux user', { seLinuxOptions: { user: 'root' } }, 'seLinuxOptions'),
  context('an SELinux role', { seLinuxOptions: { role: 'sysadm_r' } }, 'seLinuxOptions'),
  context('an SELinux level', { seLinuxOptions: { level: 's0:c1,c2' } }),

  {
    ...context('an unmasked /proc', { procMount: 'Unmasked' }, 'procMount', 'procMount_restricted'),
    invalid: 'without users of its own no pod has it',
  },
  context('a masked /proc', { procMount: 'Default' }),
  {
    ...context('an unmasked /proc with users of its own', { procMount: 'Unmasked' }, 'procMount_restricted'),
    spec: { hostUsers: false },
  },

  podContext(
    'seccomp off for the pod',
    { seccompProfile: { type: 'Unconfined' } },
    'seccompProfile_baseline',
    'seccompProfile_restricted',
  ),
  context(
    'seccomp off',
    { seccompProfile: { type: 'Unconfined' } },
    'seccompProfile_baseline',
    'seccompProfile_restricted',
  ),
  context('a seccomp profile of the node', { seccompProfile: { type: 'Localhost', localhostProfile: 'x' } }),
  pod('no seccomp', { securityContext: { runAsNonRoot: true } }, 'seccompProfile_restricted'),

  ...SYSCTLS.map((name) => sysctl(name)),
  sysctl('kernel.msgmax', 'sysctls'),
  sysctl('net.core.somaxconn', 'sysctls'),

  context('privilege escalation', { allowPrivilegeEscalation: true }, 'allowPrivilegeEscalation'),
  { ...context('an unsaid container', {}, 'allowPrivilegeEscalation', RESTRICTED_CAPABILITY), bare: true },
  { ...context('an unsaid container on Windows', {}), bare: true, spec: WINDOWS },
  {
    ...context('an unsaid container on Linux', {}, 'allowPrivilegeEscalation', RESTRICTED_CAPABILITY),
    bare: true,
    spec: { os: { name: 'linux' } },
  },

  pod(
    'no word of root',
    { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'x' } } },
    ...ROOT_CONTAINER,
  ),
  podContext('root allowed for the pod', { runAsNonRoot: false }, ...ROOT_CONTAINER),
  context('root allowed', { runAsNonRoot: false }, ...ROOT_CONTAINER),
  pod('root on Windows', { os: { name: 'windows' }, securityContext: {} }, ...ROOT_CONTAINER),
  podContext('root of its own', { runAsNonRoot: false, runAsUser: 0 }, ...ROOT_CONTAINER, 'runAsUser'),
  context('a container as root', { runAsUser: 0 }, 'runAsUser'),
  context('a container as somebody', { runAsUser: 1000 }),
  pod('root among users of its own', {
    hostUsers: false,
    securityContext: { ...ALLOWED_POD, runAsNonRoot: false, runAsUser: 0 },
  }),
  pod(
    "root among the node's users",
    { hostUsers: true, securityContext: { ...ALLOWED_POD, runAsNonRoot: false } },
    ...ROOT_CONTAINER,
  ),
]

/** On Windows validation refuses what only Linux has. */
const isWindows = (spec: Fields | undefined): boolean => JSON.stringify(spec?.os ?? '').includes('windows')

/** A pod as the fixture has it, with what is a container's in one place. */
export const podSpecOf = (fixture: PodFixture, place: Place): Fields => {
  const hardened: Fields = isWindows(fixture.spec) ? {} : { securityContext: HARDENED }
  const changed: Fields = {
    ...fixture.container,
    ...(fixture.bare ? { securityContext: fixture.security ?? {} } : {}),
    ...(fixture.bare || fixture.security === undefined
      ? {}
      : { securityContext: { ...HARDENED, ...fixture.security } }),
  }
  const named = (name: string, at: Place): Fields => ({
    name,
    image: IMAGE,
    ...hardened,
    ...(at === place ? changed : {}),
    // What has a life cycle of its own needs a restart policy where it comes before the others.
    ...(at === 'initContainers' && place === at && fixture.container !== undefined ? { restartPolicy: 'Always' } : {}),
  })
  return {
    securityContext: ALLOWED_POD,
    ...fixture.spec,
    containers: [named('app', 'containers'), { name: 'beside', image: IMAGE, ...hardened }],
    initContainers: [named('before', 'initContainers')],
    ...(place === 'ephemeralContainers' ? { ephemeralContainers: [named('debug', 'ephemeralContainers')] } : {}),
  }
}

/** Every fixture in every place where it says something new. */
export const podCases: readonly { readonly title: string; readonly fixture: PodFixture; readonly place: Place }[] =
  POD_FIXTURES.flatMap((fixture) =>
    (fixture.container === undefined && fixture.security === undefined ? PLACES.slice(0, 1) : PLACES)
      .filter((place) => !(place === 'ephemeralContainers' && fixture.notEphemeral))
      .map((place) => ({
        title: place === 'containers' ? fixture.title : `${fixture.title} (${place})`,
        fixture,
        place,
      })),
  )
