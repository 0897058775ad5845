/** Baseline: what reaches from a pod into its node. */
import { arrayOf, objectOf } from '../../kube/json.ts'
import { type Check, type Found, inner, type Part, securities, unless } from './words.ts'

/** A probe or hook that names a host speaks to that, not to its own pod (since 1.34). */
const hostsOf = (handler: Part): readonly Found[] =>
  ['httpGet', 'tcpSocket'].flatMap((key) => unless(inner(handler, key), 'host', ''))

export const HOST_CHECKS: readonly Check[] = [
  {
    id: 'windowsHostProcess',
    level: 'baseline',
    find: (pod) => securities(pod).flatMap((it) => unless(inner(it, 'windowsOptions'), 'hostProcess', false)),
  },
  {
    id: 'hostNamespaces',
    level: 'baseline',
    find: ({ spec }) => ['hostNetwork', 'hostPID', 'hostIPC'].flatMap((key) => unless(spec, key, false)),
  },
  {
    id: 'hostPathVolumes',
    level: 'baseline',
    find: ({ volumes }) => volumes.flatMap((volume) => unless(volume, 'hostPath')),
  },
  {
    id: 'hostPorts',
    level: 'baseline',
    find: ({ containers }) =>
      containers.flatMap(({ field, value }) =>
        arrayOf(value.ports).flatMap((port, index) =>
          unless({ field: `${field}.ports[${index}]`, value: objectOf(port) }, 'hostPort', 0),
        ),
      ),
  },
  {
    id: 'hostProbesAndHostLifecycle',
    level: 'baseline',
    find: ({ containers }) =>
      containers.flatMap((container) => [
        ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((key) => hostsOf(inner(container, key))),
        ...['postStart', 'preStop'].flatMap((key) => hostsOf(inner(inner(container, 'lifecycle'), key))),
      ]),
  },
]
