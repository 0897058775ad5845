/** Many pods for the tests of paging and memory; they share everything but their name. */

import { settle } from '../controllers/settle.ts'
import { before, born, suffix } from '../controllers/world.ts'
import { record } from '../json.ts'
import { type Builder, container, HOURS } from './build.ts'

const NAMESPACE = 'load'
/** More would be another kind of test. */
const MOST = 20_000

export const seedLoad = (builder: Builder, count: number): void => {
  if (count <= 0) return
  if (count > MOST) throw new Error(`extraPods is ${count}: the demo makes at most ${MOST}.`)
  builder.put('v1', 'Namespace', NAMESPACE, 3 * HOURS, {})
  settle(builder.cluster, before(builder.now, 3 * HOURS), NAMESPACE)
  const when = before(builder.now, 3 * HOURS)
  const model = builder.put(
    'v1',
    'Pod',
    `load-00000-${suffix('0', 5)}`,
    3 * HOURS,
    { namespace: NAMESPACE, labels: { app: 'load' } },
    {
      spec: { containers: [container('app', { image: 'load:1.0' })] },
    },
  )
  settle(builder.cluster, when, NAMESPACE)
  const settled = builder.cluster.store.get('pods', NAMESPACE, model.metadata.name) ?? model
  for (let index = 1; index < count; index += 1) {
    const number = String(index).padStart(5, '0')
    builder.cluster.store.put('pods', {
      ...settled,
      metadata: born(when, {
        name: `load-${number}-${suffix(number, 5)}`,
        namespace: NAMESPACE,
        labels: { ...record(settled, 'metadata', 'labels'), shard: String(index % 10) },
      }),
    })
  }
}
