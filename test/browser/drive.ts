/** Chromium, and hands that know only a keyboard. */
import { type Browser, chromium, type Page } from 'playwright-core'
import { findChromium } from '../../scripts/lib/chromium.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** More stops than any page of ours has. */
const MAX_STOPS = 60

export const launch = async (): Promise<Browser> => {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('Start the browser tests with npm run test:browser: no Chromium')
  return chromium.launch({ executablePath, args: FLAGS })
}

/** Tab, until what has the focus is called `name`. */
export const tabTo = async (page: Page, name: string): Promise<void> => {
  for (let stop = 0; stop < MAX_STOPS; stop += 1) {
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    if ((await focused.count()) === 0) continue
    const called = await focused.evaluate((it: unknown) => {
      const element = it as { labels?: ArrayLike<{ textContent: string }>; textContent: string; value?: string }
      return (element.labels?.[0]?.textContent ?? element.textContent).trim()
    })
    if (called.startsWith(name)) return
  }
  throw new Error(`Reach "${name}" by the keyboard: not among ${MAX_STOPS} stops`)
}

export const signIn = async (page: Page, key: string): Promise<void> => {
  await tabTo(page, 'Operator key')
  await page.keyboard.type(key)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
}

/** States that a plan stays in, as the page says them. */
const ENDS = /^(applied|partly applied|outcome unknown|refused|stale|expired)$/
/** A page is there within a second; who waits longer waits for something that is not coming. */
const STEP_DEADLINE_MS = 10_000
/** A change takes a fraction of a second, an eviction that waits for its budget some more. */
const END_DEADLINE_MS = 40_000

/** Signs in at a plan's page, types the name where it is asked for, approves, and waits for the end: its words. */
export const approveInBrowser = async (browser: Browser, origin: string, key: string, id: string): Promise<string> => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(STEP_DEADLINE_MS)
    await page.goto(`${origin}/console/plans/${id}`)
    await signIn(page, key)
    const typed = page.getByLabel(/^Type the name of /)
    if ((await typed.count()) > 0) {
      const label = (await page.locator('label', { has: page.locator('input[name=name]') }).innerText()).trim()
      await typed.fill(label.slice(label.indexOf(': ') + 2))
    }
    await page.getByRole('button', { name: 'Approve and apply' }).click()
    const badge = page.locator('.badge').first().filter({ hasText: ENDS })
    await badge.waitFor({ timeout: END_DEADLINE_MS })
    return (await badge.innerText()).trim()
  } finally {
    await context.close()
  }
}
