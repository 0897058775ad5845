/**
 * What every read tool answers on the demo, through the whole product: acceptance's snapshots of answers. (Those of schemas
 * are in catalogue.test.ts.) Both clocks stand still, so that ages, times and logs are always the same.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemoCluster } from '../../../scripts/demo/server.ts'
import { type ChangeBench, startChangeBench } from '../../support/change-bench.ts'
import { READ_TOOLS, runRow } from '../../support/matrix.ts'

const NOW = Date.UTC(2026, 10, 20, 12, 34, 56)

/** What is drawn at random in each run. */
const RANDOM: readonly (readonly [RegExp, string])[] = [
  [/<(\/?untrusted)[^>]*>/g, '<$1>'],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g, 'UUID'],
  [/\bdemo-[a-z0-9]{16,}/g, 'PLAN'],
  // The demo makes both of the pod's uid.
  [/\bcontainerd:\/\/[0-9a-f]{64}\b/g, 'containerd://ID'],
  [/\b10\.244(?:\.\d+){2}\b/g, 'POD-IP'],
]
const lasting = (text: string): string => RANDOM.reduce((said, [what, instead]) => said.replace(what, instead), text)

describe('answers on the demo', () => {
  let bench: ChangeBench
  let demo: Awaited<ReturnType<typeof startDemoCluster>>
  const answers = new Map<string, string>()

  beforeAll(async () => {
    demo = await startDemoCluster({ now: () => new Date(NOW) })
    bench = await startChangeBench({ demo, now: NOW })
    const call = async (tool: string, args: Readonly<Record<string, unknown>> = {}) => {
      const { text, code, plan } = await bench.call(tool, args)
      return { text, code, isError: code !== undefined, structured: plan }
    }
    const pods = await call('pods_list', { namespace: 'shop' })
    const pod = /^(catalog-[-a-z0-9]+)/m.exec(pods.text)?.[1] ?? ''
    const place = { namespace: 'shop', pod, container: 'app', workload: 'catalog', metrics: true, agent: 'ci-agent' }
    await runRow({ call }, place, (tool, { text, structured }) =>
      answers.set(
        tool,
        structured === undefined ? text : `${text}\n\nstructured: ${JSON.stringify(structured, undefined, 2)}`,
      ),
    )
  }, 120_000)
  afterAll(async () => {
    await bench?.stop()
    await demo?.stop()
  })

  test.each(READ_TOOLS)('%s', async (tool) => {
    const answer = answers.get(tool) ?? expect.fail(`${tool} did not answer`)
    await expect(`${lasting(answer)}\n`).toMatchFileSnapshot(`../../snapshots/demo/${tool}.txt`)
  })
})
