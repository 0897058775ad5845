/** Where a Chromium is that the browser tests can drive. */
import { existsSync } from 'node:fs'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

export const findChromium = (): string | undefined => {
  const named = process.env.CHROMIUM_PATH
  return named === undefined || named === '' ? PLACES.find((path) => existsSync(path)) : named
}
