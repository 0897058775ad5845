/**
 * `npm run test:browser`: the console in a real Chromium. Screenshots go to the folder that SCREENSHOTS names, else to a
 * new temporary one, whose path is printed.
 */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from './lib/chromium.ts'
import { runSteps, vitest } from './lib/steps.ts'

const chromium = findChromium()
if (chromium === undefined) {
  console.error(
    'No Chromium was found. On Debian or Ubuntu: apt-get update && apt-get install -y chromium. Elsewhere set CHROMIUM_PATH to the program.',
  )
  process.exit(1)
}
process.env.CHROMIUM_PATH = chromium
process.env.SCREENSHOTS ??= mkdtempSync(join(tmpdir(), 'bulkhead-screenshots-'))
mkdirSync(process.env.SCREENSHOTS, { recursive: true })
console.log(`Screenshots: ${process.env.SCREENSHOTS}`)
await runSteps([vitest('Console in Chromium', 'test/browser/vitest.config.ts')])
