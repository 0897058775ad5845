/**
 * The binaries of the real control plane, built from source through the Go module proxy and verified by the committed
 * go.sum. They are cached outside the checkout under a key of everything that decides their bytes, so they are built
 * once per machine; a build is renamed into place when it is complete and is otherwise as if it had never been.
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheDirectory } from './cache.ts'
import { ControlPlaneError } from './errors.ts'
import { preflight } from './go.ts'
import { openProcessGroup, type ProcessGroup, tail } from './process-group.ts'

const MODULES = {
  kubernetes: fileURLToPath(new URL('../../test/cluster/go/', import.meta.url)),
  kwok: fileURLToPath(new URL('../../test/cluster/kwok/', import.meta.url)),
}
const TARGETS = [
  { name: 'kube-apiserver', module: 'kubernetes', path: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  { name: 'kube-controller-manager', module: 'kubernetes', path: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  { name: 'kube-scheduler', module: 'kubernetes', path: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  { name: 'kubectl', module: 'kubernetes', path: 'k8s.io/kubernetes/cmd/kubectl' },
  { name: 'etcd', module: 'kubernetes', path: 'go.etcd.io/etcd/server/v3' },
  { name: 'kwok', module: 'kwok', path: 'sigs.k8s.io/kwok/cmd/kwok' },
] as const
/** About ten minutes on two cores, downloads included; past this something hangs. */
const BUILD_DEADLINE_MS = 60 * 60_000
const PROGRESS_EVERY_MS = 15_000
/** Half a gigabyte each: the current versions, and those of another branch or two. */
const KEPT_BUILDS = 3
const KEY = /^[0-9a-f]{20}$/

type BinaryName = (typeof TARGETS)[number]['name']

/** Absolute paths of executables, and the Kubernetes version, such as `v1.36.3`. */
export interface Binaries extends Readonly<Record<BinaryName, string>> {
  readonly version: string
}

export type Progress = (line: string) => void

const linkerFlags = (version: string) => {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? []
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor, gitCommit: '', gitTreeState: 'archive' }
  const set = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
  return ['-s', '-w', ...set].join(' ')
}

const countLines = (path: string) => {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(65_536)
    let lines = 0
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
      lines += buffer.subarray(0, size).filter((byte) => byte === 0x0a).length
    }
    return lines
  } finally {
    closeSync(file)
  }
}

const elapsed = (since: number) => {
  const seconds = Math.round((Date.now() - since) / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}

const buildAll = async (group: ProcessGroup, version: string, onProgress: Progress) => {
  const start = Date.now()
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-v', `-ldflags=${linkerFlags(version)}`]
  for (const [index, { name, module, path }] of TARGETS.entries()) {
    const left = BUILD_DEADLINE_MS - (Date.now() - start)
    const { log, ended } = group.start(
      name,
      'go',
      ['build', ...flags, '-o', join(group.directory, 'bin', name), path],
      {
        cwd: MODULES[module],
        environment: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' },
      },
    )
    const say = () =>
      onProgress(
        `building ${name} (${index + 1} of ${TARGETS.length}): ${countLines(log)} lines from go, ${elapsed(start)}`,
      )
    say()
    const ticking = setInterval(say, PROGRESS_EVERY_MS)
    const deadline = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => deadline.resolve('late'), Math.max(left, 0))
    const code = await Promise.race([ended, deadline.promise]).finally(() => {
      clearInterval(ticking)
      clearTimeout(timer)
    })
    if (code === 'late') {
      throw new ControlPlaneError('deadline_exceeded', `building ${name} took longer than ${elapsed(start)}`)
    }
    if (code !== 0) throw new ControlPlaneError('build_failed', `go build ${path} ended with ${code}:\n${tail(log)}`)
  }
}

const prune = async (root: string) => {
  const names = (await readdir(root)).filter((name) => KEY.test(name))
  const builds = await Promise.all(names.map(async (name) => ({ name, used: (await stat(join(root, name))).mtimeMs })))
  const surplus = builds.sort((a, b) => b.used - a.used).slice(KEPT_BUILDS)
  await Promise.all(surplus.map(({ name }) => rm(join(root, name), { recursive: true, force: true })))
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/** Progress to standard error, which leaves standard output to whoever has an answer to print. */
export const printProgress: Progress = (line) => {
  process.stderr.write(`control plane: ${line}\n`)
}

/** The cached binaries; builds them first where there are none for these versions and this Go. */
export const ensureBinaries = async (onProgress: Progress = printProgress): Promise<Binaries> => {
  const goMod = await readFile(join(MODULES.kubernetes, 'go.mod'), 'utf8')
  const go = await preflight(MODULES.kubernetes, goMod)
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(goMod)?.[1]
  if (!version) throw new ControlPlaneError('build_failed', 'cannot find k8s.io/kubernetes in test/cluster/go/go.mod')
  const hash = createHash('sha256').update(JSON.stringify([go, TARGETS, linkerFlags(version)]))
  for (const module of Object.values(MODULES)) {
    for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(module, file)))
  }
  const root = join(cacheDirectory(), 'control-plane')
  const built = join(root, hash.digest('hex').slice(0, 20))
  if (!(await exists(built))) {
    onProgress(`no binaries for ${version} in ${root}: building them once with ${go.version}, about ten minutes`)
    const start = Date.now()
    const group = await openProcessGroup(join(root, 'partial-'))
    try {
      await mkdir(join(group.directory, 'bin'))
      await buildAll(group, version, onProgress)
      await rename(join(group.directory, 'bin'), built).catch(async (cause) => {
        if (!(await exists(built))) throw cause // else another process was faster, and built the same
      })
    } finally {
      await group.stop()
    }
    onProgress(`built ${version} in ${elapsed(start)}`)
  }
  const now = new Date()
  await utimes(built, now, now)
  await prune(root)
  const paths = Object.fromEntries(TARGETS.map(({ name }) => [name, join(built, name)])) as Record<BinaryName, string>
  return { ...paths, version }
}
