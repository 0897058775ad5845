/** The console in a real browser: by keyboard alone and without any script of its own, against other sites, and looked at. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LOOKER_KEY, OPERATOR_KEY } from '../unit/console/setup.ts'
import { launch, signIn, tabTo } from './drive.ts'
import { lookedAt, SIZES } from './looked-at.ts'
import { type ConsoleSite, serve, serveConsole } from './server.ts'

let browser: Browser
let site: ConsoleSite
beforeAll(async () => {
  browser = await launch()
})
afterAll(async () => browser?.close())
beforeEach(async () => {
  site = await serveConsole()
})
afterEach(async () => site.stop())

/** A page of a fresh profile whose scripts are off. */
const openPlain = async (path: string): Promise<Page> => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${site.origin}${path}`)
  return page
}

describe('by keyboard alone, without scripts', () => {
  test('L6-3 a link to a plan leads through the sign-in to it, and approving shows the progress', async () => {
    const page = await openPlain('/console/plans/prod-scaleaaaaaaaaaaa')
    await signIn(page, OPERATOR_KEY)
    expect(new URL(page.url()).pathname).toBe('/console/plans/prod-scaleaaaaaaaaaaa')
    await tabTo(page, 'Approve and apply')
    await page.keyboard.press('Enter')
    await page.getByText('being applied').waitFor()
    expect(site.desk.acts).toEqual(['approve prod-scaleaaaaaaaaaaa'])
    const held = site.desk.all.get('prod-scaleaaaaaaaaaaa')
    if (held !== undefined)
      site.desk.all.set('prod-scaleaaaaaaaaaaa', { ...held, view: { ...held.view, state: 'applied' } })
    await page.locator('.badge', { hasText: 'applied' }).first().waitFor()
  })

  test('L6-3 a delete is approved by typing its name, and not by typing another', async () => {
    const page = await openPlain('/console/plans/prod-deleteaaaaaaaaaa')
    await signIn(page, OPERATOR_KEY)
    await tabTo(page, 'Type the name')
    await page.keyboard.type('ledger')
    await page.keyboard.press('Enter')
    await page.getByText('invalid_arguments').waitFor()
    expect(site.desk.acts).toEqual([])
    await tabTo(page, 'Type the name')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('ledger-database')
    await page.keyboard.press('Enter')
    await page.getByText('being applied').waitFor()
    expect(site.desk.acts).toEqual(['approve prod-deleteaaaaaaaaaa'])
  })

  test('a plan is refused with a reason', async () => {
    const page = await openPlain('/console')
    await signIn(page, OPERATOR_KEY)
    await tabTo(page, 'Deployment shop/basket')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Refuse instead')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Reason')
    await page.keyboard.type('Not today.')
    await tabTo(page, 'Refuse')
    await page.keyboard.press('Enter')
    await page.getByText('Not today.').waitFor()
    expect(site.desk.acts).toEqual(['refuse prod-refuseaaaaaaaaaa Not today.'])
  })

  test('break-glass wants a reason before the browser sends the form at all', async () => {
    const page = await openPlain('/console/plans/prod-ownaaaaaaaaaaaaa')
    await signIn(page, OPERATOR_KEY)
    await tabTo(page, 'Approve with break-glass')
    await page.keyboard.press('Enter')
    expect(site.desk.acts).toEqual([])
    await page.keyboard.type('The shop is down.')
    await tabTo(page, 'Approve with break-glass')
    await page.keyboard.press('Enter')
    await page.getByText('The shop is down.').waitFor()
    expect(site.desk.acts).toEqual(['approve prod-ownaaaaaaaaaaaaa'])
  })

  test('a caller is frozen, and the page says where', async () => {
    const page = await openPlain('/console/callers')
    await signIn(page, OPERATOR_KEY)
    await tabTo(page, 'Freeze')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Reason')
    await page.keyboard.type('It asks for odd things.')
    await tabTo(page, 'Freeze')
    await page.keyboard.press('Enter')
    await page.getByText('prod: confirmed').waitFor()
    expect(site.desk.acts).toEqual([
      'switch {"kind":"caller","owner":"[\\"bulkhead\\",\\"ci-agent\\",\\"ci-agent\\"]"} true It asks for odd things.',
    ])
  })

  test('the chain of a ledger is verified, and signing out ends at the sign-in', async () => {
    const page = await openPlain('/console/ledger/gateway')
    await signIn(page, OPERATOR_KEY)
    await tabTo(page, 'Verify the chain')
    await page.keyboard.press('Enter')
    await page.getByText('the chain is whole').waitFor()
    await tabTo(page, 'Sign out')
    await page.keyboard.press('Enter')
    await page.waitForURL(/sign-in/)
    await page.goto(`${site.origin}/console`)
    expect(new URL(page.url()).pathname).toBe('/console/sign-in')
  })
})

describe('against other sites', () => {
  /** A page of another origin that the operator, who is signed in, visits. */
  const visit = async (html: (origin: string) => string) => {
    const evil = await serve(async () => new Response(html(site.origin), { headers: { 'content-type': 'text/html' } }))
    const page = await openPlain('/console')
    await signIn(page, OPERATOR_KEY)
    await page.goto(evil.origin.replace('127.0.0.1', 'localhost'))
    return { page, evil }
  }

  test('L6-3 a form of theirs approves nothing', async () => {
    const { page, evil } = await visit(
      (origin) =>
        `<form method="post" action="${origin}/console/plans/prod-scaleaaaaaaaaaaa/approve"><button>Win</button></form>`,
    )
    const [response] = await Promise.all([
      page.waitForResponse((it) => it.url().endsWith('/approve')),
      page.getByText('Win').click(),
    ])
    expect([401, 403]).toContain(response.status())
    expect(site.desk.acts).toEqual([])
    await evil.stop()
  })

  test('L6-3 a frame of theirs shows nothing of the console', async () => {
    const { page, evil } = await visit(
      (origin) => `<iframe src="${origin}/console/plans/prod-scaleaaaaaaaaaaa"></iframe>`,
    )
    const frame = page.frames()[1]
    expect(await frame?.content()).not.toContain('Deployment')
    await evil.stop()
  })
})

describe('looked at', () => {
  const SCENES = [
    ['sign-in', '/console/sign-in', undefined],
    ['plans', '/console', OPERATOR_KEY],
    ['plans-all', '/console?state=all', OPERATOR_KEY],
    ['plan-scale', '/console/plans/prod-scaleaaaaaaaaaaa', OPERATOR_KEY],
    ['plan-delete', '/console/plans/prod-deleteaaaaaaaaaa', OPERATOR_KEY],
    ['plan-applying', '/console/plans/prod-drainaaaaaaaaaaa?hold=1', OPERATOR_KEY],
    ['plan-break-glass', '/console/plans/prod-ownaaaaaaaaaaaaa', OPERATOR_KEY],
    ['plan-cut', '/console/plans/prod-largeaaaaaaaaaaa', OPERATOR_KEY],
    ['plan-over', '/console/plans/prod-overaaaaaaaaaaaa', OPERATOR_KEY],
    ['plan-no-power', '/console/plans/prod-scaleaaaaaaaaaaa', LOOKER_KEY],
    ['ledger', '/console/ledger/gateway?verify=1', OPERATOR_KEY],
    ['callers', '/console/callers', OPERATOR_KEY],
    ['switches', '/console/switches', OPERATOR_KEY],
    ['health', '/console/health', OPERATOR_KEY],
    ['error', '/console/plans/nothing', OPERATOR_KEY],
  ] as const

  for (const scheme of ['light', 'dark'] as const)
    for (const size of ['phone', 'desk'] as const)
      test(`axe finds nothing, serious or not, and nothing is wider than the screen: ${scheme}, ${size}`, async () => {
        await site.desk.setSwitch(
          { kind: 'caller', owner: '["https://login.example.com","nightly-bot","nightly-bot"]' },
          undefined,
          true,
          { kind: 'operator', issuer: 'bulkhead', client: 'x', subject: 'watch: denialsPerMinute', groups: [] },
          '43 denials in a minute: secrets in six namespaces.',
        )
        for (const [name, path, key] of SCENES) {
          const context = await browser.newContext({ colorScheme: scheme, viewport: SIZES[size], bypassCSP: true })
          const page = await context.newPage()
          await page.goto(`${site.origin}${path}`)
          if (key !== undefined) await signIn(page, key)
          if (name === 'plan-no-power') await page.goto(`${site.origin}${path}`)
          await lookedAt(page, name, size, scheme)
          await context.close()
        }
      })
})
