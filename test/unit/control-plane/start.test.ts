/** A control plane that cannot start says which component ended and what it said last, and leaves nothing. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startControlPlane } from '../../../scripts/control-plane/control-plane.ts'
import { fakeGo } from './fake-go.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'start-test-'))
  await mkdir(join(home, 'tmp'))
  vi.stubEnv('PATH', `${home}:/usr/bin:/bin`)
  vi.stubEnv('BULKHEAD_CACHE', join(home, 'cache'))
  vi.stubEnv('TMPDIR', join(home, 'tmp'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true, force: true })
})

it.each(['etcd', 'kube-apiserver'])('reports that %s has ended', async (name) => {
  const program = `#!/bin/sh\\ncase $0 in *${name}) echo "cannot bind the port"; exit 3 ;; *) exec sleep 600 ;; esac\\n`
  await fakeGo(home, 'go1.26.8', `printf '${program}' > "$output"; chmod +x "$output"`)
  await expect(startControlPlane({ onProgress: () => {} })).rejects.toThrow(
    `component_ended: ${name} ended with code 3; its log ends:\ncannot bind the port`,
  )
  expect(await readdir(join(home, 'tmp'))).toEqual([])
})
