/** Where an Ingress (networking.k8s.io/v1) or an HTTPRoute (gateway.networking.k8s.io/v1) leads to. */
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import type { Json, KubeObject } from '../tool.ts'

export interface Backend {
  readonly name: string
  readonly namespace?: string
  /** A number or a name; absent: not said. */
  readonly port?: number | string
  /** Where it stands in the route. */
  readonly path: string
}

const objects = (value: Json | undefined): readonly JsonObject[] => arrayOf(value).filter(isObject)

const portOf = (value: Json | undefined): Pick<Backend, 'port'> => {
  const { number, name } = objectOf(value)
  if (typeof number === 'number') return { port: number }
  return typeof name === 'string' ? { port: name } : {}
}

export const backendsOf = (route: KubeObject): readonly Backend[] => {
  const spec = objectOf(route.spec as Json | undefined)
  const home = route.metadata?.namespace
  const place = (namespace: string | undefined) => (namespace === undefined ? {} : { namespace })
  const ofIngress = (backend: Json | undefined, path: string): readonly Backend[] => {
    const service = objectOf(objectOf(backend).service)
    const name = textOf(service.name)
    return name === undefined ? [] : [{ name, ...place(home), ...portOf(service.port), path }]
  }
  if (route.kind === 'Ingress')
    return [
      ...ofIngress(spec.defaultBackend, 'spec.defaultBackend'),
      ...objects(spec.rules).flatMap((rule, at) =>
        objects(objectOf(rule.http).paths).flatMap((it, index) =>
          ofIngress(it.backend, `spec.rules[${at}].http.paths[${index}].backend`),
        ),
      ),
    ]
  return objects(spec.rules).flatMap((rule, at) =>
    objects(rule.backendRefs).flatMap((it, index): readonly Backend[] => {
      const name = textOf(it.name)
      if (name === undefined || (it.kind !== undefined && it.kind !== 'Service')) return []
      return [
        {
          name,
          ...place(textOf(it.namespace) ?? home),
          ...(typeof it.port === 'number' ? { port: it.port } : {}),
          path: `spec.rules[${at}].backendRefs[${index}]`,
        },
      ]
    }),
  )
}

/** Of an Ingress: the Secrets that hold its certificates. */
export const tlsSecretsOf = (route: KubeObject): readonly string[] =>
  objects(objectOf(route.spec as Json | undefined).tls).flatMap((it) => textOf(it.secretName) ?? [])
