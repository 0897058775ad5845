/**
 * Bulkhead's own credentials for one cluster: each one's token, kept for moments so that a rotated one is soon picked up,
 * and the question whether it may do more than its role needs (THREATS.md L4-3), asked before its first use and then
 * hourly. An over-powered credential is refused unless the configuration says why it is accepted; either is recorded.
 */
import type { ClusterConfig, CredentialConfig } from '../config.ts'
import { createTurn } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import type { KubeClient } from '../kube/client.ts'
import { examinePowers, type Finding, type Power } from '../kube/overpowered.ts'
import type { Ports } from '../ports.ts'
import { sha256Hex } from './chain.ts'

/** A rotated token is used within half a minute; asking the secrets binding for each request would cost a round trip. */
const TOKEN_KEPT_MS = 30_000
/** A role that grew is noticed within the hour. */
const EXAMINED_FOR_SECONDS = 3_600
/** The questions take a fraction of a second; whoever waits for another call's answer waits this long at most. */
const ASKING_LEASE_MS = 10_000
/** A role that was mended is noticed within the minute. */
const REFUSED_FOR_MS = 60_000
/** RBAC that binds in one namespace shows in that namespace's rules; workloads that nobody placed run here. */
const EXAMINED_NAMESPACES = ['default']

export interface Credential {
  /** The bearer token; absent with a client certificate, which the transport presents. */
  readonly token?: () => Promise<string>
  /** Throws `credential_overpowered`, or whatever the cluster answered instead of what it was asked. */
  vet(client: KubeClient): Promise<void>
}

export type CredentialRole = 'read' | 'change'
/** What each must be able to do and so is not held against it. */
const NEEDED: Readonly<Record<CredentialRole, readonly Power[]>> = { read: [], change: ['write'] }
const TOO_MUCH: Readonly<Record<CredentialRole, string>> = {
  read: 'may do more than read',
  change: 'may do more than change what the role names',
}

type Judged = { readonly refusals: readonly string[]; readonly until: number }

const tell = ({ power, what }: Finding): string => `${power}: ${what}`

export const createCredential = (
  ports: Ports,
  cluster: string,
  config: ClusterConfig,
  role: CredentialRole,
  credential: CredentialConfig,
): Credential => {
  let kept: { readonly value: string; readonly until: number } | undefined
  let judged: Judged | undefined
  /** One call asks for all that wait; one that was cancelled is forgotten with the lease. */
  const turn = createTurn(ports.clock, ASKING_LEASE_MS)

  const token = async (name: string): Promise<string> => {
    const now = ports.clock.now()
    if (kept === undefined || kept.until <= now)
      kept = { value: (await ports.secrets.get(name)).trim(), until: now + TOKEN_KEPT_MS }
    return kept.value
  }

  /** Another server, another token: another answer. The token itself never becomes a key. */
  const cacheKey = async (): Promise<string> => {
    const secret = 'token' in credential ? await token(credential.token.secret) : credential.clientCertificate.secret
    return `credential/v3/${role}/${cluster}/${sha256Hex(`${config.server}\n${secret}`).slice(0, 32)}`
  }

  const ask = async (client: KubeClient): Promise<Judged> => {
    const now = ports.clock.now()
    const until = now + EXAMINED_FOR_SECONDS * 1000
    const key = await cacheKey()
    // Until when it counts as fit: whoever finds it here must not begin the hour anew.
    const cached = Number((await ports.cache.get(key)) ?? 0)
    if (cached > now && cached <= until) return { refusals: [], until: cached }
    const findings = await examinePowers(client, EXAMINED_NAMESPACES, new AbortController().signal)
    const refusals = findings
      .filter(({ severity, power }) => severity === 'refuse' && !NEEDED[role].includes(power))
      .map(tell)
    if (refusals.length === 0) {
      await ports.cache.put(key, String(until), EXAMINED_FOR_SECONDS)
      return { refusals, until }
    }
    const accepted = config.acceptOverpowered
    await ports.ledgers.ledger(cluster).append({
      now: ports.clock.now(),
      entry: {
        kind: 'credential',
        role,
        verdict: accepted === undefined ? 'refused' : 'accepted',
        ...(accepted === undefined ? {} : { reason: accepted }),
        findings: refusals,
      },
    })
    ports.log({
      event: 'credential_overpowered',
      cluster,
      role,
      accepted: accepted !== undefined,
      findings: refusals.join('; '),
    })
    return { refusals, until: accepted === undefined ? ports.clock.now() + REFUSED_FOR_MS : until }
  }

  const isFresh = (it: Judged | undefined): it is Judged => it !== undefined && it.until > ports.clock.now()

  return {
    ...('token' in credential ? { token: () => token(credential.token.secret) } : {}),
    async vet(client) {
      if (!isFresh(judged)) {
        await turn(async () => {
          judged = await ask(client)
        })
      }
      // Another call asked, and it ended without an answer: this one asks for itself.
      if (!isFresh(judged)) judged = await ask(client)
      if (judged.refusals.length === 0 || config.acceptOverpowered !== undefined) return
      throw new BulkheadError(
        'credential_overpowered',
        `Bulkhead's ${role} credential for cluster "${cluster}" ${TOO_MUCH[role]}, so it is not used. The operator finds what in the log, gives it the role of deploy/rbac/${role}.yaml, or accepts it with acceptOverpowered.`,
        { detail: `cluster ${cluster}: the ${role} credential may ${judged.refusals.join('; ')}` },
      )
    },
  }
}
