/** A page as a person sees it: judged by axe, no wider than its screen, and a picture of it to look at. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

export const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } } as const

/** The page's context must be made with `bypassCSP`: axe is put into the page, which the page's own policy forbids. */
export const lookedAt = async (page: Page, name: string, size: string, scheme: string): Promise<void> => {
  await page.addScriptTag({ content: axe.source })
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults
  const found = violations.map(
    ({ id, impact, nodes }) => `${name}: ${impact} ${id}: ${nodes.map((node) => node.html).join(' ')}`,
  )
  expect(found).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${size}-${scheme}.png`, fullPage: true })
}
