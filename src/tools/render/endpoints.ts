/** Where a Service leads, from its EndpointSlices: addresses that are ready, and those that are not, each with its pod. */
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import { oneLine } from '../../kube/text.ts'
import type { Json, KubeObject } from '../../tool.ts'

/** Addresses of each sort; for more there are the pods themselves. */
const MAX_ADDRESSES = 20

const jsonOf = (slices: readonly KubeObject[], key: string): readonly JsonObject[] =>
  slices.flatMap((slice) => arrayOf(slice[key] as Json | undefined)).filter(isObject)

const addressOf = (endpoint: JsonObject): string => {
  const target = objectOf(endpoint.targetRef)
  const address = arrayOf(endpoint.addresses).map(String).join('/')
  return target.name === undefined ? address : `${address} ${textOf(target.name) ?? ''}`
}

const listed = (title: string, endpoints: readonly JsonObject[]): readonly string[] => {
  if (endpoints.length === 0) return []
  const more = endpoints.length > MAX_ADDRESSES ? `, and ${endpoints.length - MAX_ADDRESSES} more` : ''
  return [oneLine(`${title}: ${endpoints.slice(0, MAX_ADDRESSES).map(addressOf).join(', ')}${more}`)]
}

const portOf = ({ name, port, protocol = 'TCP' }: JsonObject): string =>
  `${name === undefined || name === '' ? '' : `${name} `}${port ?? '*'}/${protocol}`

/** A line each for ports, ready and not ready; `none` where there is no address at all. */
export const renderEndpoints = (slices: readonly KubeObject[]): readonly string[] => {
  const endpoints = jsonOf(slices, 'endpoints')
  // Unknown means ready, says the API.
  const isReady = (endpoint: JsonObject) => objectOf(endpoint.conditions).ready !== false
  if (endpoints.length === 0) return ['none']
  const ports = [...new Set(jsonOf(slices, 'ports').map(portOf))]
  return [
    ...(ports.length === 0 ? [] : [oneLine(`ports: ${ports.join(', ')}`)]),
    ...listed('ready', endpoints.filter(isReady)),
    ...listed(
      'not ready',
      endpoints.filter((it) => !isReady(it)),
    ),
  ]
}
