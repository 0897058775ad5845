/** Building the control plane, with a stand-in for Go: what is missing is said, and half a build leaves nothing. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ensureBinaries } from '../../../scripts/control-plane/build.ts'
import { fakeGo } from './fake-go.ts'

let home: string
const lines: string[] = []
const build = () => ensureBinaries((line) => void lines.push(line))

const cached = () => readdir(join(home, 'cache', 'control-plane')).catch(() => [])

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'build-test-'))
  lines.length = 0
  vi.stubEnv('PATH', `${home}:/usr/bin:/bin`)
  vi.stubEnv('BULKHEAD_CACHE', join(home, 'cache'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true, force: true })
})

it('says that Go is missing, and where to get it', async () => {
  vi.stubEnv('PATH', home)
  await expect(build()).rejects.toThrow(/^go_missing: .*no "go" on the PATH: install Go 1\.\d+\S* or newer/)
})

it.each(['go1.9.7', 'go1.25.11'])('says that %s is too old', async (version) => {
  await fakeGo(home, version, 'exit 1')
  await expect(build()).rejects.toThrow(`go_too_old: cannot build the control plane with "${version}"`)
  expect(await cached()).toEqual([])
})

it('builds once, and again only for another Go', async () => {
  await fakeGo(home, 'go1.26.8', 'echo built > "$output"')
  const first = await build()
  expect(await readFile(first.kwok, 'utf8')).toBe('built\n')
  expect(first.version).toMatch(/^v1\.36\.\d+$/)
  await fakeGo(home, 'go1.26.8', 'exit 1')
  expect(await build()).toEqual(first)
  await fakeGo(home, 'go1.27.0', 'echo newer > "$output"')
  const second = await build()
  expect(await readFile(second.kwok, 'utf8')).toBe('newer\n')
  expect(await readFile(first.kwok, 'utf8')).toBe('built\n')
})

it('reports what Go said and leaves nothing when a build fails', async () => {
  await fakeGo(home, 'go1.26.8', 'echo "missing go.sum entry"; case $output in *etcd) exit 1 ;; esac; : > "$output"')
  await expect(build()).rejects.toThrow(/^build_failed: go build go\.etcd\.io\S+ ended with 1:\nmissing go\.sum entry$/)
  expect(await cached()).toEqual([])
})

it('keeps three builds at most', async () => {
  for (const version of ['go1.26.1', 'go1.26.2', 'go1.26.3', 'go1.26.4']) {
    await fakeGo(home, version, 'echo built > "$output"')
    await build()
  }
  expect(await cached()).toHaveLength(3)
})
