/** What Slack gets: text that others wrote neither becomes a link nor keeps the rest from being told. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { configSchema } from '../../../src/config.ts'
import { createTeller } from '../../../src/guard/notify.ts'
import { createOutput } from '../../../src/guard/output/index.ts'
import { createMetrics } from '../../../src/http/metrics.ts'
import type { Notice } from '../../../src/jobs.ts'
import { type MemoryPorts, memoryPorts } from '../../../src/platform/memory.ts'
import type { Ports } from '../../../src/ports.ts'
import { hookConfig } from '../../support/hook-bench.ts'

const URL_OF_SLACK = 'https://hooks.example.com/slack'
/** docs.slack.dev/reference/block-kit/blocks/section-block */
const SLACK_MAX = 3_000

let ports: MemoryPorts
afterEach(() => ports.background.settled())

const blockOf = async (facts: Notice['facts'], title = 'Alert: KubePodCrashLooping') => {
  ports = memoryPorts({ secrets: { SLACK_URL: URL_OF_SLACK } })
  const notify = [{ name: 'slack', slack: { secret: 'SLACK_URL' }, on: ['report' as const] }]
  const config = configSchema.parse(hookConfig({ notify, hooks: {} }))
  const output = createOutput({ markKey: new Uint8Array(32), random: ports.random, ...config.output })
  const teller = createTeller({ ports, config, output, meter: createMetrics() })
  const notice: Notice = {
    event: 'report',
    title,
    facts,
    url: 'https://bulkhead.example.com/console/reports/am-0',
    time: '2026-01-01T00:00:00Z',
  }
  const signal = new AbortController().signal
  expect(await teller.deliver({ kind: 'notify', target: 'slack', notice }, 1, signal)).toEqual({ done: true })
  const body = JSON.parse(ports.delivered[0]?.body ?? '{}') as {
    unfurl_links: boolean
    unfurl_media: boolean
    blocks: { text: { text: string; verbatim: boolean } }[]
  }
  return { ...body, ...body.blocks[0]?.text }
}

describe('Slack', () => {
  test('an address in an alert stays text, and nothing is fetched for a preview', async () => {
    const block = await blockOf([['Says', 'sign in at https://evil.example.com <!channel> @here']])
    expect([block.verbatim, block.unfurl_links, block.unfurl_media]).toEqual([true, false, false])
    expect(block.text).toContain('&lt;!channel&gt; @\u200bhere')
  })

  test('what is told of an ordinary report is whole', async () => {
    const block = await blockOf([
      ['Where', 'prod / shop'],
      ['Cause', 'Pod shop/cart-1: The container cart ends again and again with exit code 1.'],
    ])
    expect(block.text).toBe(
      [
        '*Alert: KubePodCrashLooping*',
        '*Where*: prod / shop',
        '*Cause*: Pod shop/cart-1: The container cart ends again and again with exit code 1.',
        '<https://bulkhead.example.com/console/reports/am-0|Open the console>',
      ].join('\n'),
    )
  })

  test('text that escaping makes long is cut, so that Slack takes the whole', async () => {
    const facts = Array.from({ length: 9 }, (_, nth) => [`Cause ${nth}`, '&<'.repeat(250)] as const)
    const { text = '' } = await blockOf(facts, '&'.repeat(120))
    expect(text.length).toBeLessThanOrEqual(SLACK_MAX)
    for (const [label] of facts) expect(text).toContain(`*${label}*: &amp;`)
    expect(text).toMatch(/\|Open the console>$/)
    expect(text).not.toMatch(/&(?!(?:amp|lt|gt);)/)
  })
})

test('L5-2 a ledger that is broken is told to whoever is told of freezes', async () => {
  ports = memoryPorts({ secrets: { SLACK_URL: URL_OF_SLACK } })
  const notify = [
    { name: 'loud', slack: { secret: 'SLACK_URL' }, on: ['freeze' as const] },
    { name: 'quiet', slack: { secret: 'SLACK_URL' }, on: ['report' as const] },
  ]
  const config = configSchema.parse(hookConfig({ notify, hooks: {} }))
  const output = createOutput({ markKey: new Uint8Array(32), random: ports.random, ...config.output })
  const teller = createTeller({ ports, config, output, meter: createMetrics() })
  await teller.ledgerBroken('prod', { reason: 'flip', seq: 7 })
  const [waiting] = await ports.jobs.waiting('notify-loud')
  expect(waiting?.job).toMatchObject({
    notice: { title: 'The ledger prod is broken', url: expect.stringMatching(/\/console\/ledger\/prod$/) },
  })
  expect(JSON.stringify(waiting)).toContain('record 7 (flip)')
  expect(await ports.jobs.waiting('notify-quiet')).toEqual([])
})

test('a target that never answers is left after ten seconds, and tried again later', async () => {
  const deadline = new AbortController()
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal)
  try {
    ports = memoryPorts({ secrets: { SLACK_URL: URL_OF_SLACK } })
    const hanging: Ports = {
      ...ports,
      notifier: {
        deliver: (_url, _init, signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
            deadline.abort(new DOMException('late', 'TimeoutError'))
          }),
      },
    }
    const notify = [{ name: 'slack', slack: { secret: 'SLACK_URL' }, on: ['report' as const] }]
    const config = configSchema.parse(hookConfig({ notify, hooks: {} }))
    const output = createOutput({ markKey: new Uint8Array(32), random: ports.random, ...config.output })
    const notice: Notice = { event: 'report', title: 'Alert', facts: [], time: '2026-01-01T00:00:00Z' }
    const teller = createTeller({ ports: hanging, config, output, meter: createMetrics() })
    expect(
      await teller.deliver({ kind: 'notify', target: 'slack', notice }, 1, new AbortController().signal),
    ).toMatchObject({ done: false, code: 'unreachable' })
    expect(timeout).toHaveBeenCalledWith(10_000)
  } finally {
    timeout.mockRestore()
  }
})
