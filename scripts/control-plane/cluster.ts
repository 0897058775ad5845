/**
 * `npm run cluster -- up | down | status`: one real control plane kept for a person, with the shop of the tests in it.
 * `up` leaves a process behind (`serve`) that owns the cluster and listens on a socket in the cluster's directory;
 * whoever reaches that socket has reached this cluster, so no process is ever ended by a remembered id.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shopLogs, shopManifests } from '../../test/cluster/fixtures/shop.ts'
import { ensureBinaries, printProgress } from './build.ts'
import { cacheDirectory } from './cache.ts'
import { startControlPlane } from './control-plane.ts'
import { ControlPlaneError } from './errors.ts'
import { applyManifests } from './helpers.ts'
import { tail } from './process-group.ts'

const HOME = join(cacheDirectory(), 'cluster')
const STATE = join(HOME, 'state.json')
const LOG = join(HOME, 'log')
/** The control plane's own start deadline is shorter; this one also covers the shop. */
const UP_DEADLINE_MS = 180_000
/** Stopping kills and removes a directory; it takes a second. */
const DOWN_DEADLINE_MS = 30_000
const USAGE = 'usage: npm run cluster -- up | down | status'

interface State {
  readonly server: string
  readonly kubeconfig: string
  readonly kubectl: string
  readonly version: string
  readonly socket: string
}

const say = (line: string) => {
  process.stderr.write(`${line}\n`)
}

/** Sends one word to the cluster of `state` and resolves when it closes the connection: true when somebody was there. */
const tell = (state: State, word: 'stop' | 'ping') =>
  new Promise<boolean>((resolve, reject) => {
    const socket = connect(state.socket)
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new ControlPlaneError('deadline_exceeded', `waited ${DOWN_DEADLINE_MS / 1000} s for an answer to ${word}`))
    }, DOWN_DEADLINE_MS)
    let reached = false
    socket.once('connect', () => {
      reached = true
      socket.write(word)
    })
    socket.on('error', () => {}) // "close" follows
    socket.once('close', () => {
      clearTimeout(timer)
      resolve(reached)
    })
    socket.resume()
  })

/** The cluster that runs, if one does; a state that nobody answers for is removed. */
const current = async (): Promise<State | undefined> => {
  const text = await readFile(STATE, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const state = JSON.parse(text) as State
  if (await tell(state, 'ping')) return state
  await rm(STATE, { force: true })
  return undefined
}

const describe = (state: State) => {
  say(`Kubernetes ${state.version} at ${state.server}; kubectl of that version: ${state.kubectl}`)
  process.stdout.write(`export KUBECONFIG=${state.kubeconfig}\n`)
}

const serve = async () => {
  // Whoever waited is gone before there was anything to tell: then nobody knows of this cluster, and it ends.
  const abandoned = () => process.exit(1)
  process.once('disconnect', abandoned)
  const controlPlane = await startControlPlane({
    logs: shopLogs,
    onCrash: (error) => {
      say(error.message)
      process.exit(1)
    },
  })
  await applyManifests(controlPlane, await shopManifests())
  const { server, kubeconfig, kubectl, version, directory } = controlPlane
  const socket = join(directory, 'control.sock')
  const end = async () => {
    await rm(STATE, { force: true })
    await controlPlane.stop()
    process.exit(0) // also closes the connection of who asked
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end())
  const listener = createServer((connection) => {
    connection.on('error', () => {})
    connection.once('data', (word) => {
      if (word.toString('utf8') === 'stop') void end()
      else connection.destroy()
    })
  })
  listener.listen(socket)
  await once(listener, 'listening')
  const state: State = { server, kubeconfig, kubectl, version, socket }
  // Exclusive: of two that were started at once the second gives up here.
  await writeFile(STATE, JSON.stringify(state), { flag: 'wx', mode: 0o600 })
  process.off('disconnect', abandoned)
  process.send?.('up')
}

const up = async () => {
  const running = await current()
  if (running) {
    say('A cluster is already there.')
    return describe(running)
  }
  await ensureBinaries(printProgress)
  await mkdir(HOME, { recursive: true })
  const log = openSync(LOG, 'w', 0o600)
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'serve'], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  const outcome = await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(UP_DEADLINE_MS) }).then(() => 'up'),
    once(child, 'exit').then(([code]) => `ended with ${code}`),
  ]).catch(() => `was not up after ${UP_DEADLINE_MS / 1000} s`)
  if (outcome !== 'up') {
    child.kill()
    throw new ControlPlaneError('component_ended', `the cluster ${outcome}; its log ${LOG} ends:\n${tail(LOG)}`)
  }
  child.disconnect()
  child.unref()
  const state = await current()
  if (!state) throw new ControlPlaneError('component_ended', `the cluster ended at once; its log is ${LOG}`)
  say('It stays until `npm run cluster -- down`.')
  describe(state)
}

const down = async () => {
  const running = await current()
  if (!running) return say('No cluster is running.')
  await tell(running, 'stop')
  say(`The cluster at ${running.server} is stopped, and nothing of it is left.`)
}

const status = async () => {
  const running = await current()
  if (running) return describe(running)
  say('No cluster is running.')
  process.exitCode = 1
}

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = { up, down, status, serve }

const command = COMMANDS[process.argv[2] ?? '']
if (!command) {
  say(USAGE)
  process.exit(2)
}
try {
  await command()
} catch (error) {
  say(error instanceof ControlPlaneError ? error.message : String(error))
  process.exit(1)
}
