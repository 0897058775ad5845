/** Reports in a real browser: read on a phone and at a desk, in light and dark, without scripts, and by keyboard. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATOR_KEY } from '../unit/console/setup.ts'
import { launch, signIn, tabTo } from './drive.ts'
import { lookedAt, SIZES } from './looked-at.ts'
import { REPORTS, THREE_CAUSES, UNREACHABLE } from './report-scenes.ts'
import { type ConsoleSite, serveConsole } from './server.ts'

const SCENES = [
  ['reports', '/console/reports'],
  ['report-three-causes', `/console/reports/${THREE_CAUSES}`],
  ['report-unreachable', `/console/reports/${UNREACHABLE}`],
  ['report-quiet', `/console/reports/alertmanager-${'3'.repeat(32)}`],
  ['report-unknown', `/console/reports/alertmanager-${'f'.repeat(32)}`],
] as const

let browser: Browser
let site: ConsoleSite
beforeAll(async () => {
  browser = await launch()
  site = await serveConsole()
  for (const report of REPORTS) await site.ports.reports.put(report)
})
afterAll(async () => {
  await browser?.close()
  await site?.stop()
})

describe('looked at', () => {
  for (const scheme of ['light', 'dark'] as const)
    for (const size of ['phone', 'desk'] as const)
      test(`axe finds nothing, and nothing is wider than the screen: ${scheme}, ${size}`, async () => {
        const context = await browser.newContext({ colorScheme: scheme, viewport: SIZES[size], bypassCSP: true })
        const page = await context.newPage()
        await page.goto(`${site.origin}/console/reports`)
        await signIn(page, OPERATOR_KEY)
        for (const [name, path] of SCENES) {
          await page.goto(`${site.origin}${path}`)
          await lookedAt(page, name, size, scheme)
        }
        await context.close()
      })
})

describe('without scripts', () => {
  test('the text of every box of the picture stands inside it, on a phone too', async () => {
    const context = await browser.newContext({ viewport: SIZES.phone, bypassCSP: true })
    const page = await context.newPage()
    await page.goto(`${site.origin}/console/reports/${THREE_CAUSES}`)
    await signIn(page, OPERATOR_KEY)
    const spill = (await page.evaluate(`[...document.querySelectorAll('svg.causes a')].flatMap((it) => {
      const box = it.querySelector('.box').getBoundingClientRect()
      return [...it.querySelectorAll('text')].filter((text) => text.getBoundingClientRect().right > box.right)
        .map((text) => text.textContent)
    })`)) as string[]
    expect(spill).toEqual([])
    expect(await page.locator('svg.causes a').count()).toBe(8)
    await context.close()
  })

  test('a box leads to its words by keyboard; a text of an attacker is text', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: SIZES.desk })
    const page = await context.newPage()
    await page.goto(`${site.origin}/console/reports`)
    await signIn(page, OPERATOR_KEY)
    await tabTo(page, 'KubeDeploymentReplicasMismatch')
    await page.keyboard.press('Enter')
    await page.waitForURL(/reports\/alertmanager-1/)
    await page.getByText('<script>alert(1)</script>').waitFor()
    await tabTo(page, 'Deployment cart')
    await page.keyboard.press('Enter')
    expect(new URL(page.url()).hash).toBe('#finding-1-5')
    await page.locator('#finding-1-5').getByText('No replica of three is available').waitFor()
    expect(await page.locator('main a[href^="http"], main form, main button').count()).toBe(0)
    await context.close()
  })
})
