/** Rows of what leads to pods: Services, their endpoints, Ingresses, NetworkPolicies. */
import { at, integer, type JsonObject, nameOf, record, records, strings, text } from '../json.ts'
import {
  AGE,
  age,
  column,
  formatLabels,
  formatSelector,
  isDefault,
  listWithMore,
  NAME,
  orNone,
  type Printer,
  wide,
} from './columns.ts'

/** Load balancer addresses beyond this width are cut in the narrow view; the server always sends the wide one. */
const balancers = (object: JsonObject): string =>
  records(object, 'status', 'loadBalancer', 'ingress')
    .map((item) => text(item, 'ip') || text(item, 'hostname'))
    .filter((address) => address !== '')
    .sort()
    .join(',')

const externalAddress = (service: JsonObject): string => {
  const external = strings(service, 'spec', 'externalIPs')
  switch (text(service, 'spec', 'type')) {
    case 'ClusterIP':
    case 'NodePort':
      return orNone(external.join(','))
    case 'LoadBalancer':
      return [balancers(service), ...external].filter((part) => part !== '').join(',') || '<pending>'
    case 'ExternalName':
      return text(service, 'spec', 'externalName')
    default:
      return '<unknown>'
  }
}

const ports = (service: JsonObject): string =>
  orNone(
    records(service, 'spec', 'ports')
      .map((port) => {
        const node = integer(port, 'nodePort')
        const number = integer(port, 'port')
        return `${node > 0 ? `${number}:${node}` : number}/${text(port, 'protocol')}`
      })
      .join(','),
  )

const SERVICE: Printer = {
  columns: [
    NAME,
    ...['Type', 'Cluster-IP', 'External-IP', 'Port(s)'].map((name) => column(name)),
    AGE,
    ...wide('Selector'),
  ],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'spec', 'type'),
    orNone(text(object, 'spec', 'clusterIPs', 0)),
    externalAddress(object),
    ports(object),
    age(object, now),
    formatLabels(record(object, 'spec', 'selector')),
  ],
}

const SHOWN = 3

const ENDPOINT_SLICE: Printer = {
  columns: [NAME, ...['AddressType', 'Ports', 'Endpoints'].map((name) => column(name)), AGE],
  cells: (object, now) => {
    const numbers = records(object, 'ports').map((port) =>
      at(port, 'port') === undefined ? text(port, 'name') || '*' : String(integer(port, 'port')),
    )
    const addresses = records(object, 'endpoints').flatMap((endpoint) => strings(endpoint, 'addresses'))
    return [
      nameOf(object),
      text(object, 'addressType'),
      listWithMore(numbers, SHOWN, '<unset>'),
      listWithMore(addresses, SHOWN, '<unset>'),
      age(object, now),
    ]
  },
}

const ENDPOINTS: Printer = {
  columns: [NAME, column('Endpoints'), AGE],
  cells: (object, now) => {
    const addresses = records(object, 'subsets').flatMap((subset) => {
      const hosts = records(subset, 'addresses').map((address) => text(address, 'ip'))
      const numbers = records(subset, 'ports').map((port) => integer(port, 'port'))
      return numbers.length === 0 ? hosts : numbers.flatMap((port) => hosts.map((host) => `${host}:${port}`))
    })
    return [nameOf(object), listWithMore(addresses, SHOWN, '<none>'), age(object, now)]
  },
}

const hosts = (ingress: JsonObject): string => {
  const rules = records(ingress, 'spec', 'rules')
  const named = rules.map((rule) => text(rule, 'host')).filter((host) => host !== '')
  const shown = named.slice(0, SHOWN).join(',')
  if (shown === '') return '*'
  return named.length >= SHOWN && rules.length > SHOWN ? `${shown} + ${rules.length - SHOWN} more...` : shown
}

const INGRESS: Printer = {
  columns: [NAME, ...['Class', 'Hosts', 'Address', 'Ports'].map((name) => column(name)), AGE],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'spec', 'ingressClassName') || '<none>',
    hosts(object),
    balancers(object),
    records(object, 'spec', 'tls').length > 0 ? '80, 443' : '80',
    age(object, now),
  ],
}

const INGRESS_CLASS: Printer = {
  columns: [NAME, column('Controller'), column('Parameters'), AGE],
  cells: (object, now) => {
    const parameters = record(object, 'spec', 'parameters')
    const kind = [text(parameters, 'kind'), text(parameters, 'apiGroup')].filter((part) => part !== '').join('.')
    const mark = isDefault(object, 'ingressclass.kubernetes.io/is-default-class') ? ' (default)' : ''
    return [
      `${nameOf(object)}${mark}`,
      text(object, 'spec', 'controller'),
      kind === '' ? '<none>' : `${kind}/${text(parameters, 'name')}`,
      age(object, now),
    ]
  },
}

const NETWORK_POLICY: Printer = {
  columns: [NAME, column('Pod-Selector'), AGE],
  cells: (object, now) => [nameOf(object), formatSelector(record(object, 'spec', 'podSelector')), age(object, now)],
}

export const NETWORK: Readonly<Record<string, Printer>> = {
  Service: SERVICE,
  Endpoints: ENDPOINTS,
  EndpointSlice: ENDPOINT_SLICE,
  Ingress: INGRESS,
  IngressClass: INGRESS_CLASS,
  NetworkPolicy: NETWORK_POLICY,
}
