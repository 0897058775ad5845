/** What the API server itself depends on: aggregated APIs and admission webhooks; asked in a diagnosis of the cluster. */
import { objectOf, textOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import { nameOf, subjectNamed, subjectOf } from '../subject.ts'
import { conditionEvidence, conditionOf, objectsIn, remedy, specOf } from '../words.ts'

const apiService: Check = {
  id: 'apiservice-unavailable',
  explainedBy: 'any',
  run: (snapshot) =>
    snapshot.list('apiservices').flatMap((api): readonly Draft[] => {
      const condition = conditionOf(api, 'Available')
      if (condition?.status !== 'False') return []
      const subject = subjectOf(api)
      const { name, namespace } = objectOf(specOf(api).service)
      return [
        {
          severity: 'critical',
          subject,
          summary: `${nameOf(subject)} is unavailable: whatever it serves fails, and so does deleting a namespace.`,
          evidence: [
            conditionEvidence(condition, snapshot.now),
            ...(name === undefined ? [] : [{ source: 'spec.service', text: `${String(namespace)}/${String(name)}` }]),
          ],
          confidence: 'high',
          remedies: [
            remedy('Bring the Service behind it back, or delete the APIService where nothing serves it any more.'),
          ],
        },
      ]
    }),
}

/** A webhook whose Service is gone fails every request that it is asked about. */
const webhook: Check = {
  id: 'webhook-unreachable',
  explainedBy: 'any',
  run: (snapshot) =>
    (['mutatingwebhooks', 'validatingwebhooks'] as const)
      .flatMap((it) => snapshot.list(it))
      .flatMap((configuration) => {
        const subject = subjectOf(configuration)
        return objectsIn(configuration.webhooks as Json | undefined).flatMap((it, index): readonly Draft[] => {
          const service = objectOf(objectOf(it.clientConfig).service)
          const [name, namespace] = [textOf(service.name), textOf(service.namespace)]
          if (name === undefined || namespace === undefined || !snapshot.isMissing('services', name, namespace))
            return []
          const fails = it.failurePolicy !== 'Ignore'
          return [
            {
              severity: fails ? 'critical' : 'warning',
              subject,
              summary: `The webhook ${String(it.name)} of ${nameOf(subject)} is served by ${nameOf(subjectNamed('services', name, namespace))}, which does not exist${fails ? ', so whatever it judges is refused' : ''}.`,
              evidence: [
                { source: `webhooks[${index}].clientConfig.service`, text: `${namespace}/${name}` },
                { source: `webhooks[${index}].failurePolicy`, text: String(it.failurePolicy ?? 'Fail') },
              ],
              confidence: 'high',
              remedies: [remedy('Bring the Service back, or delete the configuration where its program was removed.')],
            },
          ]
        })
      }),
}

export const clusterWide: Family = { checks: [apiService, webhook] }
