/** A real browser at the console: Chromium as the system has it, in a profile of its own, without a network of its own. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const CANDIDATES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export const chromiumPath = (): string | undefined => CANDIDATES.find((it) => it !== undefined && existsSync(it))

export const launchBrowser = async (): Promise<Browser> => {
  const executablePath = chromiumPath()
  if (executablePath === undefined)
    throw new Error(
      'No Chromium was found: install it (Debian: apt-get install chromium), or name it in CHROMIUM_PATH.',
    )
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Signs in, opens the plan, types the name where it is asked for, approves, and waits for the end. Answers the state. */
export const approveInBrowser = async (
  browser: Browser,
  origin: string,
  operatorKey: string,
  planId: string,
): Promise<string> => {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(`${origin}/console/plans/${planId}`)
    await page.getByLabel('Operator key').fill(operatorKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`**/console/plans/${planId}`)
    const typed = page.getByLabel(/^Type the name/)
    if ((await typed.count()) > 0) {
      const label = (await page.getByText(/^Type the name of the /).innerText()).split('\n')[0] ?? ''
      await typed.fill(label.slice(label.indexOf(': ') + 2).trim())
    }
    await page.getByRole('button', { name: 'Approve and carry out' }).click()
    // The page renews itself while the plan is carried out.
    await page
      .locator('main .tag')
      .first()
      .filter({ hasNotText: /approved|confirmed|applying/ })
      .waitFor()
    return (await page.locator('main .tag').first().innerText()).trim()
  } finally {
    await context.close()
  }
}
