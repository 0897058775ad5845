/** From an agent's wish to a changed cluster, decided in a real browser: the whole product in front of the demo cluster. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChangeBench, KEYS, PUBLIC_URL, startChangeBench } from '../support/change-bench.ts'
import { launch, signIn, tabTo } from './drive.ts'
import { type Site, serveBehindProxy } from './server.ts'

const CART = '/apis/apps/v1/namespaces/shop/deployments/cart'

let browser: Browser
let bench: ChangeBench
let site: Site
beforeAll(async () => {
  browser = await launch()
  bench = await startChangeBench()
  site = await serveBehindProxy(PUBLIC_URL, (request) => bench.app.fetch(request))
})
afterAll(async () => {
  await browser?.close()
  await site?.stop()
  await bench?.stop()
})

/** Opens the link that the agent got, as `key`'s owner, without scripts. */
const openPlan = async (approveUrl: unknown, key: string): Promise<Page> => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${site.origin}${new URL(String(approveUrl)).pathname}`)
  await signIn(page, key)
  return page
}

/** The badge says exactly that; the page looks again by itself. */
const settled = (page: Page, words: string) => page.getByText(words, { exact: true }).first().waitFor()

describe('a plan', () => {
  test('L6-3 is approved by keyboard and applied: the object is what the diff said', async () => {
    const before = (await bench.object(CART))?.spec as { replicas: number }
    const wanted = before.replicas + 2
    const { plan } = await bench.call('resources_scale', {
      kind: 'Deployment',
      name: 'cart',
      namespace: 'shop',
      replicas: wanted,
      reason: 'More people <b>buy</b>.',
    })
    const page = await openPlan(plan?.approveUrl, KEYS.operator)
    await page.locator('ins', { hasText: `replicas: ${wanted}` }).waitFor()
    await page.getByText('More people <b>buy</b>.').waitFor()
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/demo-plan.png`, fullPage: true })
    bench.writes()
    await tabTo(page, 'Approve and apply')
    await page.keyboard.press('Enter')
    await settled(page, 'applied')
    expect(bench.writes()).toHaveLength(1)
    expect((await bench.object(CART))?.spec).toMatchObject({ replicas: wanted })
  })

  test('L6-3 to delete is approved by its name, and by nobody who answers for the agent', async () => {
    const { plan } = await bench.call('resources_delete', { kind: 'Deployment', name: 'cart', namespace: 'shop' })
    const owner = await openPlan(plan?.approveUrl, KEYS.owner)
    await owner.getByText('somebody else must approve it').waitFor()
    expect(await owner.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true)

    const page = await openPlan(plan?.approveUrl, KEYS.operator)
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/demo-delete.png`, fullPage: true })
    await tabTo(page, 'Type the name')
    await page.keyboard.type('cart')
    await page.keyboard.press('Enter')
    await settled(page, 'applied')
    expect(await bench.object(CART)).toBeUndefined()
  })

  test('that is refused reaches no cluster, and the agent learns it', async () => {
    const { plan } = await bench.call('rollout_restart', { kind: 'Deployment', name: 'catalog', namespace: 'shop' })
    const page = await openPlan(plan?.approveUrl, KEYS.operator)
    bench.writes()
    await tabTo(page, 'Refuse instead')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Reason')
    await page.keyboard.type('Not during the sale.')
    await tabTo(page, 'Refuse')
    await page.keyboard.press('Enter')
    await settled(page, 'refused')
    expect(bench.writes()).toEqual([])
    expect((await bench.call('plans_get', { id: plan?.planId })).plan?.state).toBe('refused')
  })
})
