/**
 * The way to a cluster from Deno: its own certificate authority, and its client certificate where a credential is
 * one. Secrets are read for each request of a transport and a new client made when they have changed, so a rotation
 * needs no restart.
 */
import type { Config } from '../../config.ts'
import { BulkheadError } from '../../errors.ts'
import type { Secrets, Transport } from '../../ports.ts'
import { createTransport } from '../transport.ts'

/** How PEM begins a certificate (RFC 7468). */
const CERTIFICATE = '-----BEGIN CERTIFICATE-----'

interface Made {
  /** What the client was made of, to see that it changed. */
  readonly pem: readonly (string | undefined)[]
  readonly client: Deno.HttpClient
  readonly transport: Transport
}

export interface Transports {
  transport(cluster: string, credential: 'read' | 'change'): Promise<Transport>
  close(): void
}

export const createTransports = (config: Pick<Config, 'clusters'>, secrets: Secrets): Transports => {
  /** One a configured cluster and credential. */
  const made = new Map<string, Made>()

  const makeClient = (cluster: string, [ca, cert, key]: readonly (string | undefined)[]): Deno.HttpClient => {
    try {
      // Deno takes an authority without any certificate in it for none at all.
      if (ca !== undefined && !ca.includes(CERTIFICATE)) throw new TypeError('no certificate in it')
      return Deno.createHttpClient({
        ...(ca === undefined ? {} : { caCerts: [ca] }),
        ...(cert === undefined || key === undefined ? {} : { cert, key }),
      })
    } catch {
      // The cause is not passed on: it is about key material.
      throw new BulkheadError(
        'not_ready',
        `Cluster "${cluster}" cannot be reached yet. The operator finds the reason in the log.`,
        { detail: `cluster "${cluster}": its certificateAuthority, clientCertificate or clientKey is not PEM` },
      )
    }
  }

  return {
    async transport(cluster, credential) {
      const of = config.clusters[cluster]
      if (of === undefined) throw new BulkheadError('unknown_cluster', `No cluster is named "${cluster}".`)
      const configured = of.credentials[credential]
      if (configured === undefined) throw new BulkheadError('cluster_read_only', `Cluster "${cluster}" is read-only.`)
      const wanted = [
        of.certificateAuthority,
        ...('token' in configured ? [] : [configured.clientCertificate, configured.clientKey]),
      ]
      const pem = await Promise.all(wanted.map((it) => (it === undefined ? undefined : secrets.get(it.secret))))
      const key = `${credential} ${cluster}`
      const old = made.get(key)
      if (old?.pem.every((it, index) => it === pem[index])) return old.transport
      const client = makeClient(cluster, pem)
      const transport = createTransport(cluster, of.server, (url, init) => fetch(url, { ...init, client }))
      made.set(key, { pem, client, transport })
      // Requests under way keep their connection.
      old?.client.close()
      return transport
    },
    close() {
      for (const { client } of made.values()) client.close()
      made.clear()
    },
  }
}
